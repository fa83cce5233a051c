import Outbox
import Transfer

/// What an answer to a post of measures means.
enum GnocchiVerdict: Sendable, Hashable {
    /// All are taken.
    case taken
    /// None is taken, as these resources, by their ids, do not exist.
    case unknownResources([String])
    /// None is taken, for the sake of that metric, or of all of that resource.
    case culprit(resource: String, metric: String?)
    /// None is taken, as no archive policy has that name.
    case missingPolicy(String)
    /// None is taken, and Gnocchi does not say for whose sake.
    case unacceptable
    /// What the status says.
    case settled(Delivery)

    /// For the answer to a batch. `outcome` is what its status means by itself.
    init(_ response: TransferResponse, error: GnocchiError?, outcome: Delivery) {
        guard response.status == 400, let error else {
            self = .settled(outcome.keepingThePayload)
            if case .delivered = outcome { self = .taken }
            return
        }
        if error.cause == "Unknown resources", !error.unknownResources.isEmpty {
            self = .unknownResources(error.unknownResources)
        } else if let policy = error.missingPolicy {
            self = .missingPolicy(policy)
        } else if error.cause == "Invalid input", let resource = error.path.first {
            self = .culprit(resource: resource, metric: error.path.count > 1 ? error.path[1] : nil)
        } else {
            self = .unacceptable
        }
    }
}

extension Delivery {
    /// The same, but that what is no answer of Gnocchi's about the measures is no reason to put them aside: it is the
    /// URL, a proxy or the server that is wrong then.
    var keepingThePayload: Delivery {
        switch self {
        case .rejected(let reason): .refused(reason: reason)
        case .delivered, .retry, .refused, .tooLarge, .divided: self
        }
    }
}
