import Outbox
import Transfer

// Resources, one request each.
extension GnocchiDelivery {
    /// Creates resources with their attributes and metrics. One that is there already counts as created. Returns the
    /// ids of those that Gnocchi will never take, with its reasons.
    func create(
        _ resources: [GnocchiBatch.Element], hasRenewedPolicies: inout Bool
    ) async throws(GnocchiFailure) -> [String: String] {
        for resource in resources { memory?.forget(resource.key) }
        var uncreatable: [String: String] = [:]
        var missingPolicy: (name: String, reason: String)?
        let endpoint = endpoint
        let answers = try await Self.each(resources) { resource throws(GnocchiFailure) in
            let request = GnocchiRequest.create(resource.type, resource.creation)
            let response = try await endpoint.response(to: request)
            return Creation(response, outcome: endpoint.outcome(of: response, to: request, payload: nil))
        }
        for (resource, creation) in answers {
            switch creation {
            case .created: memory?.learn(resource.attributeHash, of: resource.key)
            case .exists: break
            case .never(let reason): uncreatable[resource.id] = reason
            case .missingPolicy(let name, let reason): missingPolicy = (name, reason)
            case .settled(let delivery): throw GnocchiFailure(delivery: delivery)
            }
        }
        if let missingPolicy, try await !canRenew(missingPolicy.name, &hasRenewedPolicies) {
            // Posted without its resource's creation, the batch would tell the same; but it could not be told from which.
            guard !definition.policiesInUse.contains(missingPolicy.name) else {
                throw GnocchiFailure(
                    delivery: .refused(
                        reason: "\(missingPolicy.reason); create it, or let aerostat gnocchi-upgrade do so"))
            }
            for (resource, creation) in answers {
                if case .missingPolicy(_, let reason) = creation { uncreatable[resource.id] = reason }
            }
        }
        return uncreatable
    }

    /// Updates the attributes that have changed. The measures are delivered whatever comes of it: what fails is tried
    /// again with the next payload.
    func update(_ batch: GnocchiBatch) async {
        guard !isOutdated, let memory else { return }
        let changed = batch.resources.filter { !memory.knows($0.attributeHash, of: $0.key) }
        let endpoint = endpoint
        do throws(GnocchiFailure) {
            let answers = try await Self.each(changed) { resource throws(GnocchiFailure) in
                let request = GnocchiRequest.update(resource.type, resource.id, Array(resource.attributes))
                let response = try await endpoint.response(to: request)
                let outcome = endpoint.outcome(of: response, to: request, payload: nil)
                switch (response.status, outcome) {
                case (_, .delivered): return Update.done
                case (404, _): return .gone
                case (400, .rejected(let reason)) where GnocchiError(response) != nil: return .never(reason)
                default: throw GnocchiFailure(delivery: outcome)
                }
            }
            for (resource, answer) in answers {
                switch answer {
                case .done: self.memory?.learn(resource.attributeHash, of: resource.key)
                // The next batch finds it unknown, and it is created again.
                case .gone: self.memory?.forget(resource.key)
                case .never(let reason):
                    self.memory?.learn(resource.attributeHash, of: resource.key)
                    notes.tell(.warning, "attributes of \(resource.type) \(resource.id) are not taken: \(reason)")
                }
            }
            notes.clear("update")
        } catch {
            notes.once(
                "update", .warning,
                "attributes cannot be updated now, measures are delivered all the same: \(error.delivery.reason)")
        }
    }

    /// Does something for each resource, a few at a time, in their order. The first failure ends it, once those that are
    /// under way have ended.
    private static func each<Value: Sendable>(
        _ resources: [GnocchiBatch.Element],
        _ body: @escaping @Sendable (GnocchiBatch.Element) async throws(GnocchiFailure) -> Value
    ) async throws(GnocchiFailure) -> [(GnocchiBatch.Element, Value)] {
        var results: [(GnocchiBatch.Element, Value)] = []
        var failure: GnocchiFailure?
        await withTaskGroup(of: (GnocchiBatch.Element, Result<Value, GnocchiFailure>).self) { group in
            var rest = resources[...]
            for _ in 0..<parallel {
                guard let next = rest.popFirst() else { break }
                group.addTask { (next, await result(of: next, body)) }
            }
            for await (resource, result) in group {
                switch result {
                case .success(let value): results.append((resource, value))
                case .failure(let error): failure = failure ?? error
                }
                if failure == nil, let next = rest.popFirst() {
                    group.addTask { (next, await self.result(of: next, body)) }
                }
            }
        }
        if let failure { throw failure }
        return results
    }

    private static func result<Value>(
        of resource: GnocchiBatch.Element,
        _ body: (GnocchiBatch.Element) async throws(GnocchiFailure) -> Value
    ) async -> Result<Value, GnocchiFailure> {
        do throws(GnocchiFailure) { return .success(try await body(resource)) } catch { return .failure(error) }
    }
}

/// What came of an update.
private enum Update {
    case done
    /// There is no such resource any more.
    case gone
    /// Gnocchi will never take these attributes.
    case never(String)
}

/// What came of a creation.
private enum Creation {
    case created
    /// Somebody else was faster, or an answer was lost.
    case exists
    /// Gnocchi will never take it.
    case never(String)
    case missingPolicy(String, reason: String)
    case settled(Delivery)

    init(_ response: TransferResponse, outcome: Delivery) {
        let error = GnocchiError(response)
        switch (response.status, outcome) {
        case (_, .delivered): self = .created
        case (409, _): self = .exists
        case (400, .rejected(let reason)):
            if let policy = error?.missingPolicy {
                self = .missingPolicy(policy, reason: reason)
            } else {
                self = error?.cause == nil ? .settled(.refused(reason: reason)) : .never(reason)
            }
        case (404, .refused(let reason)) where error?.missingType != nil:
            self = .settled(.refused(reason: "\(reason); aerostat gnocchi-upgrade makes it"))
        default: self = .settled(outcome.keepingThePayload)
        }
    }
}

extension Delivery {
    /// Why it was not delivered; empty if it was.
    var reason: String {
        switch self {
        case .delivered: ""
        case .retry(_, let reason), .refused(let reason), .tooLarge(let reason), .rejected(let reason),
            .divided(_, _, let reason):
            reason
        }
    }
}
