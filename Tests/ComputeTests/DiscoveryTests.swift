@testable import Compute
import Hypervisor
import Telemetry
import Testing

/// A broken domain costs itself alone, and says what is wrong.
@Suite struct DiscoveryTests {
    private func problem(_ domain: Domain) -> DiscoveryProblem? { poll(domain, healthy).news.first?.problem }

    @Test func whatIsWrongIsNamed() {
        #expect(problem(DomainXML.domain()) == nil)
        #expect(problem(DomainXML.domain(nova: "")) == .noNovaMetadata)
        let cases: [(String, String, String)] = [
            ("<nova:user uuid=\"u\"/>", "<nova:user/>", "<nova:user> has no attribute uuid"),
            ("<nova:project uuid=\"p\"/>", "", "<nova:owner> has no <nova:project>"),
            ("<nova:name>web</nova:name>", "", "<nova:instance> has no <nova:name>"),
            ("<nova:disk>20</nova:disk>", "<nova:disk>big</nova:disk>", "<nova:disk> of the flavor is \"big\""),
            ("<nova:disk>20</nova:disk>", "<nova:disk/>", "<nova:disk> of the flavor is \"\""),
            ("<nova:disk>20</nova:disk>", "<nova:disk>1 2</nova:disk>", "<nova:disk> of the flavor is \"1 2\""),
            (
                "<nova:disk>20</nova:disk>", "<nova:disk>9223372036854775808</nova:disk>",
                "<nova:disk> of the flavor is \"9223372036854775808\""
            ),
            (" name=\"m1\"", "", "<nova:flavor> has no attribute name"),
        ]
        for (old, new, expected) in cases {
            let found = problem(DomainXML.domain(nova: DomainXML.nova.replacing(old, with: new)))
            #expect(found?.description.contains(expected) ?? false, "\(String(describing: found))")
        }
        #expect(problem(DomainXML.domain(os: "<type>hvm</type>"))?.description.contains("attribute arch") ?? false)
    }

    @Test func hostileXMLIsRefused() {
        let bomb = """
            <!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">\
            <!ENTITY x SYSTEM "file:///etc/passwd">]>
            """
        #expect(problem(DomainXML.domain(prologue: bomb))?.description.contains("document type") ?? false)
        #expect(
            problem(DomainXML.domain(nova: "<a>&x;</a>", prologue: bomb))?.description.contains("document type")
                ?? false)
        for text in ["", "<domain", "no xml", "<a/><b/>", String(repeating: "<a>", count: 100_000), "<a>\u{1}</a>"] {
            let domain = Domain(uuid: DomainXML.uuid, name: "n", id: 1, xml: text)
            #expect(problem(domain) != nil, "\(text.prefix(20))")
        }
    }

    @Test func aProblemIsNewsOnceAndAgainWhenItChanges() {
        var discovery = Discovery(rules: rules())
        func isNews(_ domain: Domain) -> Bool? {
            discovery.beginCycle(CloudKnowledge())
            let reading = DomainReading(domain: domain, stats: DomainStats())
            if case .problem(_, let isNews) = discovery.find(reading, at: Timestamp(seconds: 1)) { return isNews }
            return nil
        }
        let broken = DomainXML.domain(nova: "")
        #expect(isNews(broken) == true)
        #expect(isNews(broken) == false)
        #expect(isNews(DomainXML.domain(nova: " ")) == false)
        #expect(
            isNews(DomainXML.domain(nova: DomainXML.nova.replacing("<nova:name>web</nova:name>", with: ""))) == true)
        #expect(isNews(DomainXML.domain()) == nil)
        #expect(isNews(broken) == true)
    }

    /// `[compute] root_disk_size`: Ceilometer takes the ephemeral disk off, which Nova's `disk` does not hold.
    @Test(arguments: [
        (RootDiskSize.ceilometer, 20, 5, 15), (.flavor, 20, 5, 20), (.ceilometer, 0, 20, -20), (.flavor, 0, 20, 0),
    ])
    func theRootDisksSize(rule: RootDiskSize, disk: Int, ephemeral: Int, root: Int) throws {
        let nova = DomainXML.nova.replacing("<nova:disk>20<", with: "<nova:disk>\(disk)<")
            .replacing("<nova:ephemeral>5<", with: "<nova:ephemeral>\(ephemeral)<")
        let cycle = poll(DomainXML.domain(nova: nova), healthy, rules: { $0.rootDiskSize = rule })
        #expect(cycle.volume("disk.root.size") == .integer(Int128(root)))
        #expect(cycle.volume("disk.ephemeral.size") == .integer(Int128(ephemeral)))
        let metadata = try #require(cycle.samples.first).resource.metadata
        #expect(metadata["root_gb"] == .integer(Int64(root)))
        #expect(metadata["disk_gb"] == .integer(Int64(disk)))
    }

    /// An element outlives every other user of its document.
    @Test func anElementKeepsItsDocument() throws {
        let children = try XMLDocument("<a><b>\(String(repeating: "x", count: 10_000))</b><c d='e'/></a>").root
            .children("b")
        let again = (0..<50).map { _ in String(repeating: "y", count: 10_000) }
        #expect(children.first?.text == String(repeating: "x", count: 10_000))
        #expect(again.count == 50)
    }

    @Test func namespacesElevenAndTen() throws {
        let old = DomainXML.nova.replacing("nova/1.1", with: "nova/1.0").replacing(" id=\"2\"", with: "")
        let sample = try #require(poll(DomainXML.domain(nova: old), healthy).samples.first)
        #expect(sample.resource.metadata["flavor"] != nil)
        guard case .object(let flavor)? = sample.resource.metadata["flavor"] else { return }
        // Nova before 2025.2 wrote no id: the name stands for it.
        #expect(flavor.first { $0.name == "id" }?.value == .string("m1"))
        let both = DomainXML.nova.replacing("web", with: "eleven") + old.replacing("web", with: "ten")
        for order in [both, old.replacing("web", with: "ten") + DomainXML.nova.replacing("web", with: "eleven")] {
            let sample = try #require(poll(DomainXML.domain(nova: order), healthy).samples.first)
            #expect(sample.resource.metadata["display_name"] == .string("eleven"))
        }
    }
}
