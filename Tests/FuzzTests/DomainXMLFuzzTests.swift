import Foundation
import Fuzzing
import Hypervisor
import Telemetry
import Testing

@testable import Compute

/// Any description is an instance or a problem in a line; an instance's samples are JSON; nothing else is read.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct DomainXMLFuzzTests {
    private static let marker = "what-stands-in-a-file"

    private static func dictionary(external: String) -> FuzzDictionary {
        FuzzDictionary(
            [
                "<!DOCTYPE d [", "]>", "<!ENTITY x SYSTEM \"\(external)\">", "<!ENTITY % p SYSTEM \"\(external)\">%p;",
                "&x;", "&amp;", "&#0;", "&#x10FFFF;", "&#xD800;", "&lt;", "<![CDATA[", "]]>", "<!--", "-->", "<?x ?>",
                "<?xml version=\"1.0\" encoding=\"EBCDIC-CP-US\"?>", "<?xml version='1.1'?>", "encoding='UTF-16'",
                "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='\(external)' parse='text'/>",
                "xmlns:nova=\"http://openstack.org/xmlns/libvirt/nova/1.0\"", "xmlns=''", "nova:", "xml:id='a'",
                "<domain", "<metadata>", "</metadata>", "<nova:instance>", "<nova:flavor name='f'>", "<nova:memory>",
                "</nova:memory>", "<nova:extraSpec name='x'>", "<nova:property name='x'/>", "<nova:root type='image'",
                "<devices>", "<disk>", "<source/>", "<target dev='vda'/>", "<target dev='vdb'/>", "<interface>",
                "<mac address='m'/>", "<filterref filter='f'>", "<parameter name='x' value='y'/>", "<memballoon",
                "<stats period='", "<os><type arch='a'>", "</", "/>", ">", "<", "'", "\"", "=", "uuid=", "/a/b", " ",
            ],
            nesting: [("<a>", "</a>"), ("<disk>", "</disk>"), ("<a b='", "'/>"), ("<![CDATA[", "]]>"), ("&x;", "")])
    }

    /// Statistics for the devices that the descriptions of the corpus name.
    private static let stats: DomainStats = {
        var stats = DomainStats()
        for (name, value) in [
            "state.state": 1, "cpu.time": 999, "vcpu.current": 2, "vcpu.0.time": 100, "balloon.current": 131_072,
            "balloon.rss": 70_000, "block.0.rd.bytes": 1, "block.0.capacity": 10, "net.0.rx.bytes": 5,
        ] as [String: Int128] {
            stats.set(name, .integer(value))
        }
        stats.set("block.0.name", .string("vda"))
        stats.set("net.0.name", .string("tap1"))
        return stats
    }()

    private static func discover(_ bytes: [UInt8]) throws -> Trial {
        let domain = Domain(uuid: "u", name: "n", id: 1, xml: String(decoding: bytes, as: UTF8.self))
        let rules = SampleRules(host: HostIdentity(host: "h", sampleSource: "s"))
        var poller = Poller(rules)
        var selection = MeterSelection(meters: MeterTable.names, rules: rules)
        let reading = Reading(
            at: Timestamp(seconds: 1_795_370_400), host: nil, domains: [DomainReading(domain: domain, stats: stats)],
            calls: 1)
        let cycle = poller.poll(reading, &selection)
        try demand(cycle.instances.count + cycle.unpolled.count == 1, "an instance or a problem")
        if let news = cycle.news.first {
            let text = news.problem.description
            try demand(text.isOneLine && !text.isEmpty, "a line: \(text.debugDescription)")
            try demand(
                text.unicodeScalars.count <= 1000 + 8 * bytes.count, "a short line, not \(text.unicodeScalars.count)")
            try demand(!text.contains(marker), "nothing of other files: \(text)")
            return Trial(isAccepted: false, trait: Trial.shape(of: text))
        }
        var writer = JSONWriter()
        for (index, sample) in cycle.samples.enumerated() {
            writer.raw(index == 0 ? "[" : ",")
            writer.sample(sample)
            try demand(sample.volume.isFinite, "a finite volume of \(sample.meter.name)")
        }
        writer.raw("]")
        let json = try #require(String(validating: writer.bytes, as: UTF8.self), "samples are UTF-8")
        try demand(!json.contains(marker), "nothing of other files")
        try demand(cycle.samples.count > 0, "the flavor's samples at least")
        guard let samples = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [[String: Any]] else {
            throw Violation(description: "an array of samples")
        }
        try demand(
            samples.count == cycle.samples.count && samples.allSatisfy { $0["resource_metadata"] is [String: Any] },
            "samples with metadata")
        let missing = cycle.instances.flatMap(\.missing).map { "\($0.meter)" }
        return Trial(isAccepted: true, trait: "\(cycle.samples.count) \(Set(missing).count)")
    }

    @Test func descriptions() async throws {
        let external = FileManager.default.temporaryDirectory.appending(path: "aerostat-fuzz-\(UUID().uuidString)")
        try Data(Self.marker.utf8).write(to: external)
        defer { unlink(external.path) }
        let corpus = try Corpus.folder("xml")
        for input in corpus.inputs { try input.expect(try Self.discover(input.bytes)) }
        try await Fuzzer(
            "xml", corpus: corpus, dictionary: Self.dictionary(external: external.absoluteString),
            budget: FuzzBudget(tries: 3000, minutes: 2)
        ).run { try Self.discover($0) }
    }
}
