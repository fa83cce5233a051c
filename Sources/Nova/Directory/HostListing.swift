import Telemetry

/// The servers of the host as far as Nova has told of them, with their flavors and images.
struct HostListing: Sendable {
    /// What was found of something that was asked for: it, or that there is none.
    enum Detail<Value: Sendable & Hashable>: Sendable, Hashable {
        case found(Value)
        case unknown

        var value: Value? {
            if case .found(let value) = self { value } else { nil }
        }
    }

    /// The servers as Nova has them, by UUID, without what was looked up besides.
    private var listed: [String: NovaServer] = [:]
    private var flavors: [String: Detail<NovaFlavor>] = [:]
    private var images: [String: Detail<ImageDetails>] = [:]
    /// The servers as they are told.
    private(set) var servers: [String: NovaServer] = [:]

    /// What is already known of flavors and images.
    var knownFlavors: Set<String> { Set(flavors.keys) }
    /// Images of listed servers that could not be looked up.
    var missingImages: Set<String> { Set(listed.values.compactMap(\.imageID)).subtracting(images.keys) }

    /// Takes an answer: all servers, or those that have changed, and what was looked up for it.
    mutating func apply(
        _ answer: [NovaServer], isFull: Bool, flavors newFlavors: [String: Detail<NovaFlavor>],
        images newImages: [String: Detail<ImageDetails>]
    ) {
        if isFull { listed = [:] }
        for server in answer { listed[server.id] = server.isGone ? nil : server }
        let usedFlavors = Set(listed.values.map(\.flavorID))
        let usedImages = Set(listed.values.compactMap(\.imageID))
        flavors = flavors.merging(newFlavors) { $1 }.filter { usedFlavors.contains($0.key) }
        images = images.merging(newImages) { $1 }.filter { usedImages.contains($0.key) }
        servers = listed.mapValues(detailed)
    }

    private func detailed(_ server: NovaServer) -> NovaServer {
        var server = server
        // A flavor is always there: a listing without it is not applied.
        if let flavor = flavors[server.flavorID] { server = server.with(flavor.value) }
        guard let imageID = server.imageID else { return server.with(nil as ImageDetails?) }
        return images[imageID].map { server.with($0.value) } ?? server
    }
}
