import Outbox
import Telemetry

/// Instances that are gone for good, as a payload: `{"ended":[{"id":"…","at":"…"}]}`.
struct EndedResources: Sendable, Hashable {
    let instances: [EndedInstance]

    /// Reads a payload's bytes; `nil` if they are none of this kind.
    init?(_ body: [UInt8]) {
        guard body.first == UInt8(ascii: "{") else { return nil }
        let document: MetadataValue
        do { document = try MetadataValue(json: body) } catch { return nil }
        guard let elements = document["ended"]?.elements else { return nil }
        instances = elements.compactMap { element in
            guard let id = element["id"]?.text, let time = element["at"]?.text.flatMap({ Timestamp($0) }) else {
                return nil
            }
            return EndedInstance(id: id, at: time)
        }
        guard instances.count == elements.count else { return nil }
    }

    /// A payload for each instance: what Gnocchi will not take of one is no reason to keep another's.
    /// It is as old as the moment at which the end was learnt, `now`: what the outbox drops for its age is not this.
    static func payloads(for instances: [EndedInstance], now: Timestamp) -> [Payload] {
        instances.map { instance in
            var writer = JSONWriter()
            writer.value(
                .object([
                    .init(
                        "ended",
                        .array([
                            .object([.init("id", .string(instance.id)), .init("at", .string("\(instance.at)"))])
                        ]))
                ]))
            return Payload(body: writer.bytes, samples: 0, first: now, last: now)
        }
    }
}
