import Telemetry
import TestServers
import Testing

@testable import Keystone

@Suite struct ServiceCatalogueTests {
    private func recorded() throws -> ServiceCatalogue {
        let token = try MetadataValue(json: Array(LoopbackCloud.fixture("token").utf8))
        return ServiceCatalogue(token["token"]?["catalog"])
    }

    private func catalogue(_ text: String) throws -> ServiceCatalogue {
        ServiceCatalogue(try MetadataValue(json: Array(text.utf8)))
    }

    @Test func findsByTypeInterfaceAndRegion() throws {
        let catalogue = try recorded()
        #expect(catalogue.url(of: .init("compute"), .public, region: nil) == "http://127.0.0.1:18774/v2.1")
        #expect(catalogue.url(of: .init("metric"), .admin, region: "RegionOne") == "http://127.0.0.1:18041")
        #expect(catalogue.url(of: .init("metric"), .admin, region: "RegionTwo") == nil)
        #expect(catalogue.url(of: .init("volumev3"), .public, region: nil) == nil)
    }

    @Test func readsRegionsAndInterfacesInBothSpellings() throws {
        let catalogue = try catalogue(
            #"""
            [{"type": "compute", "endpoints": [
            {"interface": "publicURL", "region": "A", "url": "http://a/"},
            {"interface": "public", "region_id": "B", "url": "http://b"},
            {"interface": "internal", "region_id": null, "url": ""}, {"url": 7}, 5]}, {"endpoints": []}, "x"]
            """#)
        #expect(catalogue.url(of: .init("compute"), .public, region: nil) == "http://a")
        #expect(catalogue.url(of: .init("compute"), .public, region: "B") == "http://b")
        #expect(catalogue.url(of: .init("compute"), .internal, region: nil) == nil)
    }

    @Test(arguments: [
        ("http://n:8774", "http://n:8774/v2.1"), ("http://n:8774/", "http://n:8774/v2.1"),
        ("http://n:8774/v2.1", "http://n:8774/v2.1"), ("http://n/compute/v2.1/abc/", "http://n/compute/v2.1/abc"),
        ("http://v2.example.org/compute", "http://v2.example.org/compute/v2.1"), ("http://n/v2", "http://n/v2"),
        ("http://n/volumes", "http://n/volumes/v2.1"),
    ])
    func addsTheVersionWhereThereIsNone(url: String, expected: String) {
        #expect(ServiceCatalogue.versioned(url, "v2.1") == expected)
    }

    @Test func tellsWhatThereIsInstead() throws {
        let catalogue = try recorded()
        #expect(
            catalogue.alternatives(to: .init("metric"))
                == "the catalogue has metric: admin in RegionOne, internal in RegionOne, public in RegionOne")
        #expect(
            catalogue.alternatives(to: .init("volumev3"))
                == "the catalogue has compute, identity, image, metric, network")
        #expect(try self.catalogue("[]").alternatives(to: .init("x")) == "the catalogue is empty")
    }
}
