import FoundationEssentials
import Transfer

/// What Gnocchi says about an error, as JSON: `{"code": 400, "title": …, "description": …}`, where the description is a
/// text, or an object of cause, reason and detail.
struct GnocchiError: Sendable, Hashable {
    /// `Invalid input`, `Unknown resources` and so on; `nil` if the description is a text.
    let cause: String?
    /// What is wrong, in words; empty if it does not say.
    let reason: String
    /// The path to what is wrong: for measures the resource, the metric, `measures`.
    let path: [String]
    /// The original ids of resources that are unknown.
    let unknownResources: [String]

    /// The error in an answer; `nil` if it is not Gnocchi's, but a proxy's, for example.
    init?(_ response: TransferResponse) {
        guard !response.isTruncated else { return nil }
        let body: Body
        do {
            body = try JSONDecoder().decode(Body.self, from: Data(response.body))
        } catch {
            return nil
        }
        guard body.code == response.status else { return nil }
        switch body.description {
        case .text(let text): (cause, reason, path, unknownResources) = (nil, text, [], [])
        case .object(let cause, let reason, let detail):
            self.cause = cause
            self.reason = reason ?? cause ?? ""
            path = detail.compactMap { if case .text(let text) = $0 { text } else { nil } }
            unknownResources = detail.compactMap { if case .resource(let id) = $0 { id } else { nil } }
        case nil: (cause, reason, path, unknownResources) = (nil, "", [], [])
        }
    }

    /// The archive policy that does not exist, if that is what is wrong.
    var missingPolicy: String? { name(between: "Archive policy ", and: " does not exist") }

    /// The resource type that does not exist, if that is what is wrong.
    var missingType: String? { name(between: "Resource type ", and: " does not exist") }

    private func name(between start: String, and end: String) -> String? {
        guard cause == nil, reason.hasPrefix(start), reason.hasSuffix(end), reason.count > start.count + end.count
        else { return nil }
        return String(reason.dropFirst(start.count).dropLast(end.count))
    }
}

private struct Body: Decodable {
    let code: Int
    let description: Description?
}

private enum Description: Decodable {
    case text(String)
    case object(cause: String?, reason: String?, detail: [Detail])

    private enum Key: String, CodingKey { case cause, reason, detail }

    init(from decoder: any Decoder) throws {
        if let container = Self.keyed(decoder) {
            self = .object(
                cause: try container.decodeIfPresent(String.self, forKey: .cause),
                reason: try container.decodeIfPresent(String.self, forKey: .reason),
                detail: try container.decodeIfPresent([Detail].self, forKey: .detail) ?? [])
        } else {
            self = .text(try decoder.singleValueContainer().decode(String.self))
        }
    }

    private static func keyed(_ decoder: any Decoder) -> KeyedDecodingContainer<Key>? {
        do { return try decoder.container(keyedBy: Key.self) } catch { return nil }
    }
}

/// An element of `detail`, which is a step of a path or an unknown resource.
private enum Detail: Decodable {
    case text(String)
    case resource(String)
    case other

    private enum Key: String, CodingKey { case id = "original_resource_id" }

    init(from decoder: any Decoder) throws {
        do {
            self = .resource(try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .id))
            return
        } catch {}
        do {
            self = .text(try decoder.singleValueContainer().decode(String.self))
        } catch {
            self = .other
        }
    }
}
