import Outbox
import Telemetry
import Transfer

// Resources that have ended (Ceilometer: `ceilometer.publisher.gnocchi`, `update_event_resource`).
extension GnocchiDelivery {
    /// How many resources a search gives at most: well below the largest answer.
    private static let page = 200

    /// Marks instances, and their disks and NICs, as ended, as far as they are not yet: doing it again does no harm.
    func mark(_ ended: EndedResources) async -> Delivery {
        do throws(GnocchiFailure) {
            for instance in ended.instances {
                try await mark("instance_network_interface", where: "instance_id", instance)
                try await mark("instance_disk", where: "instance_id", instance)
                try await mark("instance", where: "id", instance)
            }
            return .delivered
        } catch {
            return error.delivery
        }
    }

    /// Marks all resources of a type that have not ended and belong to an instance.
    private func mark(_ type: String, where attribute: String, _ instance: EndedInstance) async throws(GnocchiFailure) {
        var seen: Set<String> = []
        while true {
            // What is marked is not found again, so that the first page is always the next one.
            let found = try await search(
                .living(type, where: attribute, is: instance.id, limit: Self.page))
            let new = found.filter { resource in resource["id"]?.text.map { !seen.contains($0) } ?? false }
            guard !new.isEmpty else { return }
            for resource in new {
                guard let id = resource["id"]?.text else { continue }
                seen.insert(id)
                // Gnocchi refuses an end before the start, and the start is when it first heard of the resource: after an
                // outage that may be later than the end.
                let start = resource["started_at"]?.text.flatMap { Timestamp($0) }
                try await end(type, id, at: max(instance.at, start ?? instance.at))
            }
        }
    }

    private func search(_ request: GnocchiRequest) async throws(GnocchiFailure) -> [MetadataValue] {
        let response = try await endpoint.response(to: request)
        // There is no such type, and so no such resource.
        if response.status == 404, GnocchiError(response) != nil { return [] }
        guard request.isDone(response) else { throw failure(response, request) }
        guard !response.isTruncated else {
            throw GnocchiFailure(delivery: .rejected(reason: "the answer to \(request.path) is too long"))
        }
        do {
            if let found = try MetadataValue(json: response.body).elements { return found }
        } catch {
            // It only looked like a list.
        }
        throw GnocchiFailure(delivery: endpoint.judge(request).stranger(response, expected: request.expected.words))
    }

    private func end(_ type: String, _ id: String, at time: Timestamp) async throws(GnocchiFailure) {
        let request = GnocchiRequest.end(type, id, at: time)
        let response = try await endpoint.response(to: request)
        // It never was in Gnocchi, or is no more.
        if response.status == 404, GnocchiError(response) != nil { return }
        guard request.isDone(response) else { throw failure(response, request) }
    }

    /// Measures must not wait behind an end: what Gnocchi itself will not do puts the end aside. Only what says nothing of
    /// it, as a server that is down or does not know us, keeps it at its place.
    private func failure(_ response: TransferResponse, _ request: GnocchiRequest) -> GnocchiFailure {
        let outcome = endpoint.outcome(of: response, to: request, payload: nil)
        if GnocchiError(response) != nil, case .refused(let reason) = outcome, response.status != 401 {
            return GnocchiFailure(delivery: .rejected(reason: reason))
        }
        return GnocchiFailure(delivery: GnocchiError(response) == nil ? outcome.keepingThePayload : outcome)
    }
}
