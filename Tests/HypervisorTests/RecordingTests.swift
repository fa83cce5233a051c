import Foundation
import Fuzzing
import Hypervisor
import Telemetry
import Testing

/// Recordings against `docs/recording-format.md`.
struct RecordingTests {
    private func read(_ text: String) throws(HypervisorError) -> Recording {
        try Recording(json: Array(text.utf8))
    }

    /// The error that reading the text ends with.
    private func failure(_ text: String) -> HypervisorError? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error
        }
    }

    static let example = """
        {"format": "libvirt-recording", "version": 1, "host": "compute-1.example.org", "further": [1, {}],
         "cycles": [
          {"at": "2026-11-22T18:00:00Z", "further": null, "domains": [
            {"uuid": "6e7d0001-0000-4000-8000-000000000001", "name": "instance-00000001", "id": 1,
             "xml": "<domain type='kvm' id='1'>…</domain>", "further": true,
             "stats": {"state.state": 1, "balloon.last-update": 1795370400, "cpu.time": 18446744073709551615,
                       "x.real": 0.5, "x.exponent": 2.5e-3, "x.yes": true, "x.no": false, "block.0.name": "vda",
                       "x.negative": -9223372036854775808}},
            {"uuid": "6e7d0001-0000-4000-8000-000000000002", "name": "instance-00000002", "xml": "<domain/>",
             "block_info": {"vda": {"capacity": 3, "allocation": 2, "physical": 9223372036854775807}}, "stats": {}}]},
          {"domains": []}]}
        """

    @Test func theDocumentedForm() throws {
        let recording = try read(Self.example)
        #expect(recording.host == "compute-1.example.org")
        #expect(recording.cycles.map(\.at) == [Timestamp("2026-11-22T18:00:00"), nil])
        let domains = try #require(recording.cycles.first?.domains)
        #expect(domains.map(\.name) == ["instance-00000001", "instance-00000002"])
        #expect(domains.map(\.id) == [1, nil])
        #expect(domains.map(\.xml) == ["<domain type='kvm' id='1'>…</domain>", "<domain/>"])
        #expect(
            domains.first?.stats == [
                "state.state": .integer(1), "balloon.last-update": .integer(1_795_370_400),
                "cpu.time": .integer(Int128(UInt64.max)), "x.real": .real(0.5), "x.exponent": .real(0.0025),
                "x.yes": .bool(true), "x.no": .bool(false), "block.0.name": .string("vda"),
                "x.negative": .integer(Int128(Int64.min)),
            ])
        #expect(
            domains.map(\.blockInfo) == [[:], ["vda": .init(capacity: 3, allocation: 2, physical: Int128(Int64.max))]])
        #expect(recording.cycles.last?.domains == [])
    }

    @Test(arguments: 0..<20)
    func whatIsWrittenIsReadBack(seed: Int) throws {
        var random = SplitMix(seed: seed)
        for _ in 0..<10 {
            let recording = Recording.random(&random)
            let json = try recording.json()
            #expect(json.last == UInt8(ascii: "\n"))
            #expect(json.filter { $0 == UInt8(ascii: "\n") }.count == 1, "one line")
            #expect(try Recording(json: json) == recording)
        }
    }

    @Test func whatIsWrittenStatesItsFormatWithSortedKeys() throws {
        let domain = RecordedDomain(
            uuid: "u", name: "n", id: nil, xml: "<a/>", stats: ["b": .integer(2), "a": .bool(true)])
        let recording = Recording(
            host: "h", cycles: [.init(at: Timestamp("2026-11-22T18:00:00.5Z"), domains: [domain])])
        #expect(
            String(decoding: try recording.json(), as: UTF8.self)
                == #"{"cycles":[{"at":"2026-11-22T18:00:00.500000Z","domains":[{"name":"n","stats":{"a":true,"b":2},"#
                + #""uuid":"u","xml":"<a/>"}]}],"format":"libvirt-recording","host":"h","version":1}"# + "\n")
    }

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func whatJSONCannotSayIsAnError(number: Double) {
        let domain = RecordedDomain(uuid: "u", name: "n", id: nil, xml: "", stats: ["x": .real(number)])
        let recording = Recording(host: nil, cycles: [.init(at: nil, domains: [domain])])
        #expect(throws: HypervisorError.self) { try recording.json() }
    }

    @Test func aRecordingThatIsCutOffIsMalformed() throws {
        let whole = Array(Self.example.utf8)
        for end in 0..<whole.count {
            do throws(HypervisorError) {
                _ = try Recording(json: Array(whole[..<end]))
                Issue.record("\(end) bytes are no recording")
            } catch {
                #expect(error.code == .malformed)
                #expect(!error.description.isEmpty)
                #expect(!error.description.contains("\n"), "one line")
            }
        }
    }

    /// Whatever byte stands anywhere, reading ends with a recording or with an error that says malformed.
    @Test func aDamagedRecordingDoesNoHarm() throws {
        let whole = Array(Self.example.utf8)
        for index in whole.indices {
            for byte in [0x00, UInt8(ascii: "\""), UInt8(ascii: "9"), UInt8(ascii: "}"), 0xFF] {
                var damaged = whole
                damaged[index] = byte
                do throws(HypervisorError) {
                    _ = try Recording(json: damaged)
                } catch {
                    #expect(error.code == .malformed)
                }
            }
        }
    }

    @Test(arguments: [
        "", " ", "null", "[]", "1", #""text""#, "{", "{}{}", "not JSON", "\u{FEFF}",
        String(repeating: "[", count: 100_000),
    ])
    func otherTextsAreMalformed(text: String) {
        #expect(failure(text)?.code == .malformed)
    }

    @Test(arguments: [
        (#"{"version": 1, "cycles": []}"#, ["\"format\" is missing"]),
        (#"{"format": "libvirt-recording", "cycles": []}"#, ["\"version\" is missing"]),
        (#"{"format": "libvirt-recording", "version": 1}"#, ["\"cycles\" is missing"]),
        (#"{"format": "other", "version": 1, "cycles": []}"#, ["\"other\"", "libvirt-recording"]),
        (#"{"format": "libvirt-recording", "version": 2, "cycles": []}"#, ["version 2", "version 1"]),
        (#"{"format": "libvirt-recording", "version": "1", "cycles": []}"#, ["version"]),
        (#"{"format": "libvirt-recording", "version": 1, "cycles": {}}"#, ["cycles"]),
        (#"{"format": "libvirt-recording", "version": 1, "host": 5, "cycles": []}"#, ["host"]),
        (#"{"format": "libvirt-recording", "version": 1, "cycles": [{}]}"#, ["cycles[0]", "\"domains\" is missing"]),
    ])
    func theErrorSaysWhatIsWrong(text: String, parts: [String]) throws {
        let error = try #require(failure(text))
        #expect(error.code == .malformed)
        for part in parts { #expect(error.description.contains(part), "\(error)") }
    }

    private func recording(domain: String) -> String {
        let good = #"{"uuid": "u", "name": "n", "xml": "", "stats": {}}"#
        return
            #"{"format": "libvirt-recording", "version": 1, "cycles": [{"domains": [\#(good), \#(good), \#(domain)]}]}"#
    }

    /// The documentation's own words.
    @Test func theErrorNamesThePlace() {
        let text = recording(domain: #"{"name": "n", "xml": "", "stats": {}}"#)
        #expect(failure(text)?.description == #"cycles[0].domains[2]: "uuid" is missing"#)
    }

    @Test(arguments: [
        (#"{"uuid": 5, "name": "n", "xml": "", "stats": {}}"#, "cycles[0].domains[2].uuid"),
        (#"{"uuid": null, "name": "n", "xml": "", "stats": {}}"#, "cycles[0].domains[2].uuid"),
        (#"{"uuid": "u", "name": "n", "xml": "", "stats": []}"#, "cycles[0].domains[2].stats"),
        (#"{"uuid": "u", "name": "n", "xml": "", "stats": {"a.b": null}}"#, "cycles[0].domains[2].stats.a.b"),
        (#"{"uuid": "u", "name": "n", "xml": "", "stats": {"a": []}}"#, "cycles[0].domains[2].stats.a"),
        (#"{"uuid": "u", "name": "n", "id": 1.5, "xml": "", "stats": {}}"#, "cycles[0].domains[2].id"),
        (#"{"uuid": "u", "name": "n", "id": "1", "xml": "", "stats": {}}"#, "cycles[0].domains[2].id"),
    ])
    func theErrorNamesTheValue(domain: String, place: String) {
        let error = failure(recording(domain: domain))
        #expect(error?.code == .malformed)
        #expect(error?.description.hasPrefix("\(place):") == true, "\(String(describing: error))")
    }

    /// No word of Swift's: what stands where, and what should.
    @Test(arguments: [
        (#"{"format": "libvirt-recording","#, "the file ends too early: expected a name; is it a whole recording?"),
        ("not JSON", "line 1, column 1: expected a value; is it a recording of aerostat record?"),
        ("{\n  \"format\": 1 2}", "line 2, column 15: expected a comma or }; is it a recording of aerostat record?"),
        ("[]", "the recording: expected an object"),
        (#"{"format": "libvirt-recording", "version": 1, "cycles": {}}"#, "cycles: expected a list"),
        (#"{"format": "libvirt-recording", "version": "1", "cycles": []}"#, "version: expected a whole number"),
        (#"{"format": 5, "version": 1, "cycles": []}"#, "format: expected text"),
    ])
    func theErrorIsInPlainWords(text: String, words: String) {
        #expect(failure(text)?.description == words)
    }

    @Test(arguments: ["", "now", "2026-11-22", "2026-02-29T00:00:00Z", "2026-11-22T18:00:00 CET"])
    func aTimeThatIsNone(at: String) {
        let text =
            #"{"format": "libvirt-recording", "version": 1, "cycles": [{"domains": []}, {"at": "\#(at)", "domains": []}]}"#
        let error = failure(text)
        #expect(error?.code == .malformed)
        #expect(error?.description.hasPrefix("cycles[1].at: \"\(at)\"") == true, "\(String(describing: error))")
    }

    @Test func aTimeMayHaveAZone() throws {
        let text =
            #"{"format": "libvirt-recording", "version": 1, "cycles": [{"at": "2026-11-22T19:00:00+01:00", "domains": []}]}"#
        #expect(try read(text).cycles.first?.at == Timestamp("2026-11-22T18:00:00Z"))
    }
}

extension Recording {
    fileprivate static func random(_ random: inout SplitMix) -> Recording {
        var cycles: [Cycle] = []
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            var domains: [RecordedDomain] = []
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                var stats: [String: StatisticValue] = [:]
                for number in 0..<Int.random(in: 0...6, using: &random) {
                    stats["\(number)" + String.random(&random)] = .random(&random)
                }
                var blockInfo: [String: DomainStats.BlockInfo] = [:]
                for _ in 0..<Int.random(in: 0...2, using: &random) {
                    blockInfo[String.random(&random)] = .init(
                        capacity: .random(in: 0...Int128(UInt64.max), using: &random),
                        allocation: .random(in: 0...Int128(UInt64.max), using: &random),
                        physical: .random(in: 0...Int128(UInt64.max), using: &random))
                }
                let id = Bool.random(using: &random) ? Int.random(in: -1 ... .max, using: &random) : nil
                domains.append(
                    RecordedDomain(
                        uuid: .random(&random), name: .random(&random), id: id, xml: .random(&random, upTo: 80),
                        stats: stats, blockInfo: blockInfo))
            }
            let time = Timestamp(microseconds: Int64.random(in: -1_000_000...4_000_000_000_000_000, using: &random))
            cycles.append(Cycle(at: Bool.random(using: &random) ? time : nil, domains: domains))
        }
        return Recording(host: Bool.random(using: &random) ? .random(&random) : nil, cycles: cycles)
    }
}

extension StatisticValue {
    /// Any value that libvirt can send; reals with a fraction only, as JSON's writer says 1.0 as 1.
    fileprivate static func random(_ random: inout SplitMix) -> StatisticValue {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: .integer(Int128(Int64(truncatingIfNeeded: random.next())))
        case 1: .integer(Int128(UInt64.max - (random.next() >> 40)))
        case 2: .real(Double(Int.random(in: -1_000_000...1_000_000, using: &random)) + 0.1)
        case 3: .bool(Bool.random(using: &random))
        default: .string(String.random(&random))
        }
    }
}
