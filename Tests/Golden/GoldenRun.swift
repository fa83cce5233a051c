public import Foundation

/// What the real Ceilometer 27.0.0 made of a recording, and where Aerostat differs from it on purpose, sample by sample.
public struct GoldenRun: Sendable {
    /// The recording's file.
    public let recording: URL
    private let cycles: [[GoldenSample]]

    /// 27 domains in three cycles, of which its http publisher posted the samples. Ids, timestamps and `monotonic_time`
    /// do not count.
    public static func edge() throws -> GoldenRun {
        let cycles = try (0..<3).map { number in
            try lines(of: "edge-cycle\(number).jsonl").map { try GoldenSample(line: $0) }
        }
        return try GoldenRun("edge", theirs: cycles)
    }

    /// Odd domains in two cycles, of which its discovery, inspector and pollsters made the samples with a stand-in for
    /// libvirt. What they have in common stands once for each domain and cycle.
    public static func odd() throws -> GoldenRun {
        var cycles: [[GoldenSample]] = [[], []]
        for line in try lines(of: "odd-samples.jsonl") {
            let group = try object(JSONSerialization.jsonObject(with: line))
            let common = try object(group["common"])
            for own in try array(group["samples"]) {
                cycles[try integer(group["cycle"])].append(try GoldenSample(object(own), adding: common))
            }
        }
        return try GoldenRun("odd", theirs: cycles)
    }

    private init(_ name: String, theirs: [[GoldenSample]]) throws {
        recording = try Self.url("\(name).json")
        var cycles = theirs
        let text = try Data(contentsOf: Self.url("\(name)-differences.json"))
        for difference in try Self.array(JSONSerialization.jsonObject(with: text)) {
            let difference = try Self.object(difference)
            let cycle = try Self.integer(difference["cycle"])
            if let theirs = difference["ceilometer"] as? [String: Any] {
                let sample = try GoldenSample(theirs)
                guard let index = cycles[cycle].firstIndex(of: sample) else {
                    throw GoldenError(description: "cycle \(cycle): Ceilometer sent no \(sample) to differ from")
                }
                cycles[cycle].remove(at: index)
            }
            if let ours = difference["aerostat"] as? [String: Any] { cycles[cycle].append(try GoldenSample(ours)) }
        }
        self.cycles = cycles
    }

    /// What each cycle must hold, as JSON objects.
    public var expected: [[Data]] { cycles.map { $0.map { Data($0.text.utf8) } } }

    /// Every sample that is too many, too few or different in the cycles of a run. Only meters that `isSelected` accepts
    /// are expected.
    public func deviations(
        of run: [[Data]], selecting isSelected: (_ meter: String) -> Bool = { _ in true }
    ) throws -> [String] {
        guard run.count == cycles.count else { return ["\(run.count) cycles instead of \(cycles.count)"] }
        return try zip(cycles, run).enumerated().flatMap { number, cycle in
            var missing = cycle.0.filter { isSelected($0.meter) }
            var surplus: [GoldenSample] = []
            for line in cycle.1 {
                let sample = try GoldenSample(line: line)
                if let index = missing.firstIndex(of: sample) {
                    missing.remove(at: index)
                } else {
                    surplus.append(sample)
                }
            }
            return missing.map { "cycle \(number): missing: \($0)" } + surplus.map { "cycle \(number): surplus: \($0)" }
        }
    }

    /// The cycles of what `aerostat samples --format jsonl` printed: all samples of a poll have one timestamp.
    public static func cycles(ofOutput output: String) throws -> [[Data]] {
        var cycles: [[Data]] = []
        var last: String?
        for line in output.utf8.split(separator: UInt8(ascii: "\n")) {
            let data = Data(line)
            let timestamp = try object(JSONSerialization.jsonObject(with: data))["timestamp"] as? String
            if cycles.isEmpty || timestamp != last { cycles.append([]) }
            cycles[cycles.count - 1].append(data)
            last = timestamp
        }
        return cycles
    }

    /// A file of Ceilometer's answers.
    public static func url(_ name: String) throws -> URL {
        guard let url = Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: nil) else {
            throw GoldenError(description: "there is no Tests/Golden/Fixtures/\(name)")
        }
        return url
    }

    private static func lines(of name: String) throws -> [Data] {
        try Data(contentsOf: url(name)).split(separator: UInt8(ascii: "\n")).map { Data($0) }
    }

    static func object(_ value: Any?) throws -> [String: Any] {
        guard let object = value as? [String: Any] else { throw GoldenError(description: "no object") }
        return object
    }

    private static func array(_ value: Any?) throws -> [Any] {
        guard let array = value as? [Any] else { throw GoldenError(description: "no array") }
        return array
    }

    private static func integer(_ value: Any?) throws -> Int {
        guard let number = value as? Int else { throw GoldenError(description: "no number") }
        return number
    }
}

/// What is wrong with the files, or with what is compared with them.
struct GoldenError: Error, CustomStringConvertible {
    let description: String
}
