import Keystone
import Telemetry

/// Fetches what a listing needs: the servers, and then their flavors and images, each once.
struct ListingFetch: Sendable {
    let nova: NovaClient
    let images: ImageClient
    let gate: RequestGate
    let host: String

    /// All of it.
    struct Answer: Sendable {
        let list: ServerList
        /// How long the list took.
        let waited: Duration
        let flavors: [String: HostListing.Detail<NovaFlavor>]
        let images: [String: HostListing.Detail<ImageDetails>]
        /// Why a flavor that is known already was not looked up again.
        let flavorError: KeystoneError?
        /// Why an image was not looked up.
        let imageError: KeystoneError?
    }

    /// The host's servers. A flavor that cannot be looked up is an error unless it is among `known`: sizes of 0 would be
    /// taken for the truth. An image is none; `missingImages` are looked up besides those of the servers, and none if
    /// `asksForImages` is false.
    func answer(
        _ request: ListingPlan.Request, knownFlavors: Set<String>, missingImages: Set<String>, asksForImages: Bool
    ) async throws(KeystoneError) -> Answer {
        let since: String? = if case .changes(let since) = request { since.isoformat } else { nil }
        let start = ContinuousClock.now
        let list = try await gate.pass { () async throws(KeystoneError) in
            try await nova.servers(host: host, changesSince: since)
        }
        let waited = ContinuousClock.now - start
        let servers = list.servers.filter { !$0.isGone }
        let flavors = await details(of: Set(servers.map(\.flavorID))) { id throws(KeystoneError) in
            try await nova.flavor(id: id)
        }
        for (id, error) in flavors.errors where !knownFlavors.contains(id) { throw error }
        let wanted = Set(servers.compactMap(\.imageID)).union(missingImages)
        let pictures = await details(of: asksForImages ? wanted : []) { id throws(KeystoneError) in
            try await images.image(id: id)
        }
        return Answer(
            list: list, waited: waited, flavors: flavors.found, images: pictures.found,
            flavorError: flavors.errors.values.first, imageError: pictures.errors.values.first)
    }

    private func details<Value: Sendable & Hashable>(
        of ids: Set<String>, _ fetch: @escaping @Sendable (String) async throws(KeystoneError) -> Value?
    ) async -> (found: [String: HostListing.Detail<Value>], errors: [String: KeystoneError]) {
        typealias Outcome = Result<Value?, KeystoneError>
        return await withTaskGroup(of: (String, Outcome).self) { group in
            for id in ids {
                group.addTask {
                    do throws(KeystoneError) {
                        let value = try await gate.pass { () async throws(KeystoneError) in
                            if Task.isCancelled { throw .skipped }
                            return try await fetch(id)
                        }
                        return (id, .success(value))
                    } catch {
                        return (id, .failure(error))
                    }
                }
            }
            var found: [String: HostListing.Detail<Value>] = [:]
            var errors: [String: KeystoneError] = [:]
            /// Why nothing more is asked for: who does not answer must not hold up the list once for each thing.
            var cause: KeystoneError?
            for await (id, outcome) in group {
                switch outcome {
                case .success(let value): found[id] = value.map { .found($0) } ?? .unknown
                case .failure(let error):
                    if cause == nil, [.unreachable, .timeout, .unavailable].contains(error.code) {
                        cause = error
                        group.cancelAll()
                    }
                    errors[id] = error.code == .cancelled ? cause ?? error : error
                }
            }
            return (found, errors)
        }
    }
}
