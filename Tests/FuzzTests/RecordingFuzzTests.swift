import Compute
import Foundation
import Fuzzing
import Hypervisor
import Telemetry
import Testing

/// Any bytes are a recording or an error in a line; a recording can be polled to its end, and written and read again.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct RecordingFuzzTests {
    private static let dictionary = FuzzDictionary(
        [
            "\"format\"", "\"libvirt-recording\"", "\"version\"", "\"host\"", "\"cycles\"", "\"at\"", "\"domains\"",
            "\"uuid\"", "\"name\"", "\"id\"", "\"xml\"", "\"stats\"", "\"state.state\":", "\"cpu.time\":",
            "\"vcpu.current\":",
            "\"vcpu.0.time\":", "\"vcpu.999999999.wait\":", "\"balloon.current\":", "\"balloon.available\":",
            "\"balloon.usable\":", "\"balloon.unused\":", "\"balloon.last-update\":", "\"balloon.rss\":",
            "\"block.0.name\":\"vda\"", "\"block.1.rd.bytes\":", "\"block.0.wr.times\":", "\"net.0.name\":\"t0\"",
            "\"net.0.rx.bytes\":", "\"net.1.tx.drop\":", "\"perf.", "{", "}", "[", "]", ",", ":", "\"", "\\u0000",
            "\\ud800",
            "\\udc00\\ud800", "\\n", "\\/", "\\", "null", "true", "false", "1.5", "1e3", "1E-400", "0e0", "00", "+1",
            "NaN",
            "Infinity", "2026-11-22T18:00:00Z", "0000-01-01T00:00:00+23:59", "9999-12-31T23:59:59.999999999-23:59",
            "<domain", "vda", "vdb", "t0", "<target dev='vdb'/>", "\"\":", "/**/", "//\n",
        ],
        nesting: [("[", "]"), ("{\"a\":", "}"), ("{\"stats\":{\"a\":", "}}"), ("<a>", "</a>")])

    private static func poll(_ bytes: [UInt8]) async throws -> Trial {
        let recording: Recording
        do throws(HypervisorError) {
            recording = try Recording(json: bytes)
        } catch {
            let text = error.description
            try demand(error.code == .malformed, "malformed, not \(error.code)")
            try demand(!text.isEmpty && text.isOneLine, "a line: \(text.debugDescription)")
            try demand(
                text.unicodeScalars.count <= 1000 + 8 * bytes.count, "a short line, not \(text.unicodeScalars.count)")
            return Trial(isAccepted: false, trait: Trial.shape(of: text))
        }
        let written = try recording.json()
        try demand(try Recording(json: written) == recording, "what is written is read back")

        var trait = "\(min(recording.cycles.count, 3))"
        for repeats in [false, true] {
            let hypervisor = RecordedHypervisor(recording, repeats: repeats) { Timestamp(seconds: 1_795_370_400) }
            let rules = SampleRules(host: HostIdentity(host: "h", sampleSource: "s"))
            var poller = Poller(rules)
            var selection = MeterSelection(meters: MeterTable.names, rules: rules)
            for number in 0..<min(recording.cycles.count, 6) {
                let reading = try await hypervisor.read(.all)
                try demand(reading.domains.count == recording.cycles[number].domains.count, "every domain")
                let cycle = poller.poll(reading, &selection)
                try demand(
                    cycle.instances.count + cycle.unpolled.count == reading.domains.count, "each an instance or none")
                var writer = JSONWriter()
                for sample in cycle.samples {
                    try demand(sample.volume.isFinite, "a finite volume: \(sample)")
                    writer.sample(sample)
                }
                try demand(String(validating: writer.bytes, as: UTF8.self) != nil, "samples are UTF-8")
                trait += " \(cycle.samples.count)"
            }
        }
        return Trial(isAccepted: true, trait: trait)
    }

    @Test func recordings() async throws {
        let corpus = try Corpus.folder("recording")
        for input in corpus.inputs { try input.expect(try await Self.poll(input.bytes)) }
        try await Fuzzer(
            "recording", corpus: corpus, dictionary: Self.dictionary, budget: FuzzBudget(tries: 2000, minutes: 2)
        ).run { try await Self.poll($0) }
    }
}
