import Telemetry
import Testing

@testable import Pipeline

/// `map_from` and `map_to`.
@Suite struct SubstitutionTests {
    private func mapped(_ pattern: String, _ template: String, _ name: String, fixed: String? = nil) throws -> String {
        let (chain, told) = TransformerBench.read(
            "[{name: unit_conversion, parameters: {source: {map_from: {name: '\(pattern)'}}, "
                + "target: {map_to: {name: '\(template)'}\(fixed.map { ", name: \($0)" } ?? "")}}}]")
        let meters = try #require(chain, "\(told)").meters(from: [Meter(name: name, type: .gauge, unit: "B")])
        return try #require(meters.first).name
    }

    @Test func groupsStandInTheirPlaces() throws {
        let disk = "(disk\\.device|disk)\\.(read|write)\\.(bytes|requests)"
        #expect(try mapped(disk, "\\1.\\2.\\3.rate", "disk.device.read.bytes") == "disk.device.read.bytes.rate")
        #expect(try mapped(disk, "\\1.\\2.\\3.rate", "disk.write.requests") == "disk.write.requests.rate")
        #expect(
            try mapped("(?P<way>incoming|outgoing)", "\\g<way>-\\g<1>\\\\", "network.incoming")
                == "network.incoming-incoming\\")
        #expect(try mapped("(x)?e", "<\\1>", "memory") == "m<>mory")
        #expect(try mapped("o", "0", "foo.oo") == "f00.00")
    }

    @Test func whatDoesNotMatchKeepsItsName() throws {
        // Also where a name is fixed, as in Ceilometer.
        #expect(try mapped("^disk$", "d", "cpu", fixed: "other") == "cpu")
        #expect(try mapped(".+", "", "cpu", fixed: "other") == "other")
    }

    @Test(.timeLimit(.minutes(1)))
    func patternsThatCouldTakeForEverAreRefused() throws {
        for pattern in [
            "(a+)+b", "(a|a)*b", "(?:a?)+b", "((a)|b){20}", String(repeating: "a?", count: 5),
            String(repeating: "(a|a)", count: 20), String(repeating: "a", count: 501), "((a*))*",
        ] {
            #expect(PatternBounds.problem(of: pattern) != nil, "\(pattern)")
        }
        for pattern in [
            "(disk\\.device|disk)\\.(read|write)\\.(bytes|requests)", ".*", "^(.+?)\\.(.+)$", "(abc)+", "[(*+?|]+",
            "(?P<x>a)?", "\\(\\)*", "a{2,3}", "[]a]+[^]]",
        ] {
            #expect(PatternBounds.problem(of: pattern) == nil, "\(pattern)")
        }
        // The slowest that is left.
        let slowest = ".*.*.*.*x"
        #expect(PatternBounds.problem(of: slowest) == nil)
        let name = String(repeating: "network.", count: 5)
        #expect(try mapped(slowest, "y", name) == name)
    }

    @Test func lettersAreCodePoints() throws {
        #expect(try mapped("e", "x", "e\u{301}") == "x\u{301}")
    }
}
