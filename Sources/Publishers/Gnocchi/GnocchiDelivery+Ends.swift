import Outbox
import Telemetry
import Transfer

// Resources that have ended (Ceilometer: `ceilometer.publisher.gnocchi`, `update_event_resource`).
extension GnocchiDelivery {
    /// The most disks, or NICs, of an instance that are looked for.
    private static let mostDevices = 1000

    /// Marks instances, and their disks and NICs, as ended. Doing it again does no harm.
    func mark(_ ended: EndedResources) async -> Delivery {
        do throws(GnocchiFailure) {
            for instance in ended.instances {
                for type in ["instance_network_interface", "instance_disk"] {
                    for id in try await resources(type, of: instance.id) { try await end(type, id, instance) }
                }
                try await end("instance", instance.id, instance)
            }
            return .delivered
        } catch {
            return error.delivery
        }
    }

    /// The ids, as Gnocchi has them, of an instance's disks or NICs that have not ended.
    private func resources(_ type: String, of instance: String) async throws(GnocchiFailure) -> [String] {
        let request = GnocchiRequest.resources(type, where: "instance_id", is: instance, limit: Self.mostDevices)
        let response = try await endpoint.response(to: request)
        // There is no such type, and so no such resource.
        if response.status == 404, GnocchiError(response) != nil { return [] }
        guard (200..<300).contains(response.status) else {
            throw GnocchiFailure(
                delivery: endpoint.outcome(of: response, to: request, payload: nil).keepingThePayload)
        }
        do {
            guard let found = try MetadataValue(json: response.body).elements else { throw NotAList() }
            return found.filter { $0["ended_at"] == .null }.compactMap { $0["id"]?.text }
        } catch {
            throw GnocchiFailure(
                delivery: .retry(
                    after: nil,
                    reason: "the answer to \(request.path) is no list of resources: \(error); see what stands between"))
        }
    }

    private func end(_ type: String, _ id: String, _ instance: EndedInstance) async throws(GnocchiFailure) {
        let request = GnocchiRequest.end(type, id, at: instance.at)
        let response = try await endpoint.response(to: request)
        // It never was in Gnocchi, or is no more.
        if response.status == 404, GnocchiError(response) != nil { return }
        let outcome = endpoint.outcome(of: response, to: request, payload: nil)
        guard case .delivered = outcome else {
            // What Gnocchi itself says of the resource is final; what stands before it knows nothing of resources.
            throw GnocchiFailure(delivery: GnocchiError(response) == nil ? outcome.keepingThePayload : outcome)
        }
    }
}

private struct NotAList: Error, CustomStringConvertible {
    let description = "expected an array"
}
