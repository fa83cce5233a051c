import Keystone
import Outbox
import Synchronization
import Telemetry
import Transfer

/// Gnocchi as Keystone's catalogue has it (`gnocchi://`), spoken to as `[service_credentials]` say: the same user and
/// project as Ceilometer's, so that resources keep their ids.
final class KeystoneEndpoint: GnocchiEndpoint {
    private let session: KeystoneSession
    private let parameters: GnocchiParameters
    private let now: @Sendable () -> Timestamp
    private let filtered: FilteredProject?
    /// Where Gnocchi was last, for what is told.
    private let place = Mutex("the metric endpoint in Keystone's catalogue: ")

    /// The service's type in the catalogue, as Ceilometer has it.
    static let service = ServiceRequest.Service("metric")

    init(
        session: KeystoneSession, parameters: GnocchiParameters, notes: PublisherNotes,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.session = session
        self.parameters = parameters
        self.now = now
        filtered = parameters.filter.map { FilteredProject($0, session: session, notes: notes) }
    }

    func response(to request: GnocchiRequest) async throws(GnocchiFailure) -> TransferResponse {
        var sent = ServiceRequest(request.method, Self.service, request.path, body: request.body)
        sent.timeout = parameters.timeout
        sent.maximumBodyBytes = GnocchiRequest.maximumBodyBytes
        sent.needsBody = request.needsBody
        var retries = parameters.maxRetries
        while true {
            do throws(KeystoneError) {
                let url = try await session.endpoint(of: Self.service)
                place.withLock { $0 = url }
                return try await session.response(to: sent)
            } catch {
                guard retries > 0, let reason = error.transferError, HTTPDelivery.isWorthRepeatingAtOnce(reason) else {
                    throw failure(error, request)
                }
                retries -= 1
            }
        }
    }

    var present: Timestamp { now() }

    func filteredProject() async throws(GnocchiFailure) -> String? {
        guard let filtered else { return nil }
        do throws(KeystoneError) {
            return try await filtered.id()
        } catch {
            let advice =
                error.code == .forbidden
                ? "filter_project: \(error), or write enable_filter_project=false into the publisher's URL"
                : "filter_project: \(error)"
            throw GnocchiFailure(delivery: delivery(error, advice))
        }
    }

    func creator() async throws(GnocchiFailure) -> String? {
        do throws(KeystoneError) {
            let identity = try await session.identity()
            return "\(identity.userID):\(identity.projectID ?? "")"
        } catch {
            throw GnocchiFailure(delivery: delivery(error, "\(error)"))
        }
    }

    private func failure(_ error: KeystoneError, _ request: GnocchiRequest) -> GnocchiFailure {
        if let reason = error.transferError {
            return GnocchiFailure(
                delivery: judge(request).outcome(of: reason), isSlow: reason.code == .timeout && reason.wasSent)
        }
        return GnocchiFailure(delivery: delivery(error, "\(error)"))
    }

    /// Without a token, or without an endpoint, nothing is known of the payload: it is kept.
    private func delivery(_ error: KeystoneError, _ reason: String) -> Delivery {
        switch error.code {
        case .unauthorized, .forbidden, .noEndpoint, .notFound, .badRequest: .refused(reason: reason)
        // Keystone counts revocations in whole seconds, so that a fresh token may be refused once more.
        case .tokenRefused, .unreachable, .timeout, .unavailable, .badAnswer, .tooLarge, .cancelled:
            .retry(after: error.retryAfter, reason: reason)
        }
    }

    func judge(_ request: GnocchiRequest) -> HTTPDelivery {
        HTTPDelivery(
            method: request.method.rawValue, target: place.withLock(\.self) + request.path, credentials: nil,
            words: .serviceCredentials)
    }
}
