public import Keystone
import Telemetry
import Transfer

/// Nova's API, as much of it as Ceilometer uses: the Compute API with microversion 2.1.
public struct NovaClient: Sendable {
    let session: KeystoneSession
    private let service: ServiceRequest.Service

    /// The most pages of a list; Nova's own limit of a page is 1,000.
    static let maximumPages = 50
    /// The largest answer: a page of 1,000 servers has about 2 MB.
    static let maximumBodyBytes = 16 << 20

    /// A flavor in a list of them.
    public struct FlavorReference: Sendable, Hashable {
        /// The id.
        public let id: String
        /// The name, which no other flavor has.
        public let name: String
    }

    /// A client of the compute service of that type in the catalogue (`[service_types] nova`).
    public init(session: KeystoneSession, serviceType: String = "compute") {
        self.session = session
        service = .init(serviceType, version: "v2.1")
    }

    /// The servers of a host, of all projects, whatever their state; with `changesSince` (ISO 8601) those that have
    /// changed since, deleted ones among them. Needs an administrator's rights, as in Ceilometer. What is wrong with one
    /// server costs that server only.
    public func servers(host: String, changesSince: String? = nil) async throws(KeystoneError) -> ServerList {
        let since = changesSince.map { "&changes-since=\($0.percentEncoded)" } ?? ""
        let query = "all_tenants=True\(since)&host=\(host.percentEncoded)"
        var list = ServerList()
        try await pages("/servers/detail", query, "servers") { elements, response in
            if list.serviceTime == nil { list.serviceTime = response.serviceTime }
            for (index, element) in elements.enumerated() {
                do throws(MalformedServer) {
                    list.servers.append(try NovaServer(element, place: "\(index + 1) of the list"))
                } catch {
                    list.malformedCount += 1
                    if list.malformed.count < 10 { list.malformed.append("\(error)".oneLine) }
                }
            }
        }
        return list
    }

    /// The server of that UUID, its flavor and image not looked up; `nil` if Nova does not know it.
    public func server(id: String) async throws(KeystoneError) -> NovaServer? {
        let (request, response) = try await get("/servers/\(id.percentEncoded)")
        guard response.status != 404 else { return nil }
        let answer = try await object(request, response, "server")
        do {
            return try NovaServer(answer, place: id)
        } catch {
            throw .unexpected(response, from: request, "\(error)")
        }
    }

    /// All flavors, private ones too.
    public func flavors() async throws(KeystoneError) -> [FlavorReference] {
        var flavors: [FlavorReference] = []
        try await pages("/flavors", "is_public=None", "flavors") { elements, _ in
            flavors += elements.compactMap { element in
                guard let id = element["id"]?.text, let name = element["name"]?.text else { return nil }
                return FlavorReference(id: id, name: name)
            }
        }
        return flavors
    }

    /// The flavor of that id; `nil` if Nova does not know it.
    public func flavor(id: String) async throws(KeystoneError) -> NovaFlavor? {
        let (request, response) = try await get("/flavors/\(id.percentEncoded)")
        guard response.status != 404 else { return nil }
        guard let flavor = NovaFlavor(try await object(request, response, "flavor")) else {
            throw .unexpected(response, from: request, "expected a flavor with id and name")
        }
        return flavor
    }

    // MARK: Requests

    func get(_ path: String) async throws(KeystoneError) -> (ServiceRequest, TransferResponse) {
        var request = ServiceRequest(
            .get, service, path, headers: [.init("X-OpenStack-Nova-API-Version", "2.1")])
        request.maximumBodyBytes = Self.maximumBodyBytes
        return (request, try await session.response(to: request))
    }

    private func object(
        _ request: ServiceRequest, _ response: TransferResponse, _ name: String
    ) async throws(KeystoneError) -> MetadataValue {
        guard response.status == 200 else { throw failure(request, response, name) }
        guard let object = try response.json(from: request, service: "Nova")[name] else {
            throw .unexpected(response, from: request, "expected a \(name)")
        }
        return object
    }

    func failure(_ request: ServiceRequest, _ response: TransferResponse, _ what: String) -> KeystoneError {
        KeystoneError(
            status: response, url: request.path, action: "Nova does not tell its \(what)",
            forbidden: "give our user the role that Nova's policy asks for: admin, or service where that is enough")
    }

    /// Gives every page's elements to `take`. Which page is next is read from the link's marker alone, as the host in a
    /// link may be that of a proxy.
    private func pages(
        _ path: String, _ query: String, _ name: String,
        _ take: ([MetadataValue], TransferResponse) -> Void
    ) async throws(KeystoneError) {
        var marker: String?
        for _ in 0..<Self.maximumPages {
            let (request, response) = try await get("\(path)?\(query)" + (marker.map { "&marker=\($0)" } ?? ""))
            guard response.status == 200 else { throw failure(request, response, name) }
            let answer = try response.json(from: request, service: "Nova")
            guard let elements = answer[name]?.elements else {
                throw .unexpected(response, from: request, "expected a list of \(name)")
            }
            take(elements, response)
            guard let next = NextPage.marker(answer["\(name)_links"]), !elements.isEmpty else { return }
            guard next != marker else {
                throw .unexpected(response, from: request, "expected another page, and the link leads to the same")
            }
            marker = next
        }
        throw KeystoneError(
            .tooLarge, url: path, detail: "the list has over \(Self.maximumPages) pages",
            advice: "raise [api] max_limit of Nova")
    }
}
