import Telemetry
import TestServers
import Testing

@testable import Nova

@Suite struct HostListingTests {
    private func recorded() throws -> [NovaServer] {
        let answer = try MetadataValue(json: Array(LoopbackCloud.fixture("servers").utf8))
        return try #require(answer["servers"]?.elements).map { try NovaServer($0, place: "") }
    }

    private func flavor(_ id: String, _ name: String) throws -> HostListing.Detail<NovaFlavor> {
        let text = #"{"id": "\#(id)", "name": "\#(name)", "vcpus": 1, "ram": 2, "disk": 3}"#
        return .found(try #require(NovaFlavor(try MetadataValue(json: Array(text.utf8)))))
    }

    @Test func changesAreMergedAndTheGoneLeave() throws {
        var listing = HostListing()
        let servers = try recorded()
        listing.apply(servers, isFull: true, flavors: [:], images: [:])
        #expect(Set(listing.servers.keys) == [Recorded.first, Recorded.second, Recorded.third])
        var (deleted, failed, renamed) = (servers[0], servers[1], servers[2])
        deleted.status = "DELETED"
        failed.vmState = .string("error")
        renamed.name = "renamed"
        listing.apply([deleted, failed, renamed], isFull: false, flavors: [:], images: [:])
        #expect(listing.servers.values.map(\.name) == ["renamed"])
        listing.apply([servers[1]], isFull: false, flavors: [:], images: [:])
        #expect(listing.servers.count == 2)
        listing.apply([servers[0]], isFull: true, flavors: [:], images: [:])
        #expect(Set(listing.servers.keys) == [servers[0].id])
    }

    @Test func aFlavorIsTheSameForAllOfItsServers() throws {
        var listing = HostListing()
        var servers = try recorded()
        servers[1].flavorID = servers[0].flavorID
        let id = servers[0].flavorID
        listing.apply(servers, isFull: true, flavors: [id: try flavor(id, "old"), "1": .unknown], images: [:])
        #expect(listing.servers[servers[1].id]?.flavorName == "old")
        #expect(listing.servers[Recorded.first]?.flavorName == "unknown-id-1")
        #expect(listing.servers[Recorded.first]?.flavorSizes == .init(vcpus: 0, ram: 0, disk: 0, ephemeral: 0))
        // A change of one server brings the new name for both.
        listing.apply([servers[0]], isFull: false, flavors: [id: try flavor(id, "new")], images: [:])
        #expect(listing.servers[servers[1].id]?.flavorName == "new")
        #expect(listing.knownFlavors == [id, "1"])
        listing.apply([servers[0]], isFull: true, flavors: [:], images: [:])
        #expect(listing.knownFlavors == [id])
    }

    @Test func anImageThatWasNotLookedUpHasNoName() throws {
        var listing = HostListing()
        let server = try recorded()[0]
        let id = try #require(server.imageID)
        listing.apply([server], isFull: true, flavors: [:], images: [:])
        #expect(listing.missingImages == [id])
        #expect(listing.servers[server.id]?.image["name"] == nil)
        listing.apply([], isFull: false, flavors: [:], images: [id: .unknown])
        #expect(listing.missingImages.isEmpty)
        #expect(listing.servers[server.id]?.image["name"] == .string("unknown-id-\(id)"))
    }
}

@Suite struct FlavorIndexTests {
    private let list = [NovaClient.FlavorReference(id: "1", name: "a"), .init(id: "2", name: "b")]

    @Test func listsOnceForAllNames() {
        var index = FlavorIndex(freshness: .seconds(3600))
        #expect(index.want([], at: .zero) == false)
        #expect(index.want(["a"], at: .zero) == true)
        #expect(index.unanswered(of: ["a"]) == ["a"])
        index.apply(list, start: .zero, answering: ["a"])
        #expect(index.ids == ["a": "1"])
        #expect(index.want(["a", "b"], at: .seconds(1)) == false)
        #expect(index.ids == ["a": "1", "b": "2"])
        #expect(index.want(["a"], at: .seconds(3600)) == true)
    }

    @Test func aNameThatNovaDoesNotHaveIsLookedForNowAndThen() {
        var index = FlavorIndex(freshness: nil)
        _ = index.want(["x"], at: .zero)
        index.apply(list, start: .zero, answering: ["x"])
        #expect(index.want(["x"], at: .seconds(299)) == false)
        #expect(index.want(["x"], at: .seconds(300)) == true)
        // A name that is new is looked for at once: the list may be older than the flavor.
        #expect(index.want(["x", "y"], at: .seconds(1)) == true)
        #expect(index.unanswered(of: ["x", "y"]) == ["y"])
        #expect(index.want(["a"], at: .seconds(1_000_000)) == false)
    }

    @Test func aFlavorThatWasRenamedIsNoticed() {
        var index = FlavorIndex(freshness: .seconds(60))
        _ = index.want(["a"], at: .zero)
        index.apply(list, start: .zero, answering: ["a"])
        let revision = index.revision
        index.apply(list, start: .seconds(60), answering: [])
        #expect(index.revision == revision)
        index.apply([.init(id: "1", name: "z")], start: .seconds(120), answering: [])
        #expect(index.ids.isEmpty && index.revision == revision + 1)
    }
}
