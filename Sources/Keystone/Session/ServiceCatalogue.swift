import Telemetry

/// The endpoints that a token's catalogue holds.
struct ServiceCatalogue: Sendable, Hashable {
    /// One of a service's addresses.
    struct Endpoint: Sendable, Hashable {
        let type: String
        let interface: String
        let regions: [String]
        let url: String
    }

    /// All of them, in the catalogue's order.
    let endpoints: [Endpoint]

    /// Reads `token.catalog` of the Identity API v3. Entries that are none are left out.
    init(_ catalogue: MetadataValue?) {
        endpoints = (catalogue?.elements ?? []).flatMap { service -> [Endpoint] in
            guard let type = service["type"]?.text else { return [] }
            return (service["endpoints"]?.elements ?? []).compactMap { endpoint in
                guard let interface = endpoint["interface"]?.text, let url = endpoint["url"]?.text, !url.isEmpty
                else { return nil }
                let regions = [endpoint["region_id"]?.text, endpoint["region"]?.text].compactMap(\.self)
                return Endpoint(type: type, interface: interface, regions: regions, url: url)
            }
        }
    }

    /// The URL of a service, without a slash at its end; `nil` if the catalogue has none.
    func url(of service: ServiceRequest.Service, _ interface: EndpointInterface, region: String?) -> String? {
        let found = endpoints.first {
            $0.type == service.type && EndpointInterface(named: $0.interface) == interface
                && (region == nil || $0.regions.contains { $0 == region })
        }
        return found.map { Self.versioned($0.url, service.version) }
    }

    /// What the catalogue has instead, in a few words.
    func alternatives(to service: ServiceRequest.Service) -> String {
        let same = endpoints.filter { $0.type == service.type }
        guard same.isEmpty else {
            let have = same.map { "\($0.interface) in \($0.regions.first ?? "no region")" }
            return "the catalogue has \(service.type): \(Self.list(have))"
        }
        let types = Self.list(endpoints.map(\.type))
        return endpoints.isEmpty ? "the catalogue is empty" : "the catalogue has \(types)"
    }

    private static func list(_ words: [String]) -> String {
        let all = Set(words).sorted()
        let more = all.count > 20 ? " and \(all.count - 20) more" : ""
        return all.prefix(20).joined(separator: ", ") + more
    }

    /// The URL with the version behind it, unless its path names one already (`/v2.1`, `/compute/v2.1/PROJECT`).
    static func versioned(_ url: String, _ version: String?) -> String {
        var url = url
        while url.hasSuffix("/") { url.removeLast() }
        guard let version else { return url }
        let names = url.split(separator: "/").dropFirst(2).contains { part in
            part.first == "v" && part.dropFirst().first?.isNumber == true
                && part.dropFirst().allSatisfy { $0.isNumber || $0 == "." }
        }
        return names ? url : "\(url)/\(version)"
    }
}
