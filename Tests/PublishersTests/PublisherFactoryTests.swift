import Foundation
import Configuration
import Outbox
import Testing

@testable import Publishers

struct PublisherFactoryTests {
    @Test(arguments: [
        ("http://h/x", "http://h:80/x", true), ("https://h/x", "https://h:443/x", true),
        ("file:///tmp/x?json", "file:///tmp/x?json", false), ("test://", "test://", false),
        ("test://a?b=c", "test://a?b=c", false),
    ])
    func publishers(_ url: String, _ identity: String, _ needsDurability: Bool) throws {
        let (made, diagnostics) = Make.publisher(url)
        let publisher = try #require(made)
        #expect(diagnostics.isEmpty)
        #expect(publisher.identity == identity)
        #expect(publisher.needsDurability == needsDurability)
        #expect(publisher.payloads(for: []).isEmpty)
        #expect(publisher.payloads(for: Make.samples(2)).map(\.samples) == [2])
    }

    @Test(arguments: [
        (
            "htpp://h/",
            "publisher htpp://h/: this scheme is unknown; expected one of http://, https://, gnocchi://, gnocchi+http://, gnocchi+https://, "
                + "file://, test://; did you mean http?"
        ),
        ("zaqar://", "zaqar:// is a publisher of Ceilometer that this version does not have"),
        ("udp://h:1", "udp:// is a publisher of Ceilometer that this version does not have"),
        ("nonsense", "no scheme; expected scheme://"), ("", "no scheme"),
        ("http://u:hunter2@h:x/", "http://u:***@h:x/: the port is no number"), ("http://", "no host"),
        ("https:///x", "no host; expected https://host:port/path"),
    ])
    func errors(_ url: String, _ text: String) {
        let diagnostics = PublisherFactory.validate(url, at: Make.place)
        #expect(diagnostics.count == 1)
        #expect(diagnostics.first?.severity == .error)
        #expect(diagnostics.first?.location == Make.place)
        #expect(diagnostics.first?.message.contains(text) == true)
        #expect(diagnostics.first?.message.contains("hunter2") == false)
        #expect(Make.publisher(url).publisher == nil)
    }

    /// openstack-helm's file has both in a sink; nothing said that the other may stay.
    @Test func aPublisherThatIsMissingHereMayBeRemovedIfAnotherStays() {
        func errors(_ others: [String]) -> [String] {
            var files = PublisherFiles()
            return files.read(for: "notifier://", at: Make.place, beside: others).map(\.description)
        }
        let alone = errors([])
        #expect(alone.count == 1 && alone[0].contains("expected one of http://"), "\(alone)")
        #expect(alone[0].components(separatedBy: "notifier://").count == 2, "the URL once: \(alone)")
        #expect(errors(["udp://h:1"]) == alone)
        let beside = errors(["http://u:hunter2@h/x", "udp://h:1"])
        #expect(
            beside == [
                "\(Make.place): error: notifier:// is a publisher of Ceilometer that this version does not have; remove "
                    + "this one: http://u:***@h/x can stay"
            ])
    }

    @Test func schemesAreThoseThatCanBeMade() {
        for scheme in PublisherScheme.all {
            #expect(Make.publisher("\(scheme.name)://host/tmp/x").publisher != nil, "\(scheme.name)")
            #expect(!PublisherScheme.missing.contains(scheme.name))
        }
    }

    @Test func redacted() {
        #expect(PublisherFactory.redacted("https://u:hunter2@h/x?q=1") == "https://u:***@h/x?q=1")
    }

    @Test func bodiesHoldAtLeastOneSample() throws {
        let publisher = try #require(Make.publisher("http://h/", maxSamples: 0).publisher)
        #expect(publisher.payloads(for: Make.samples(2)).map(\.samples) == [1, 1])
    }
}
