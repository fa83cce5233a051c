import Foundation
import Fuzzing
import Synchronization
import Testing

/// The fuzzer finds what is there to be found, and fails where it cannot have found anything.
@Suite struct FuzzerTests {
    private func fuzzer(_ name: String, tries: Int = 3000) throws -> Fuzzer {
        var budget = FuzzBudget(tries: tries, minutes: 0)
        (budget.seed, budget.tries, budget.input) = (1, tries, nil)
        return Fuzzer(
            name, corpus: try Corpus.folder("ini"), dictionary: FuzzDictionary(["needle"], nesting: [("(", ")")]),
            budget: budget)
    }

    private func trial(_ bytes: [UInt8]) -> Trial {
        Trial(isAccepted: bytes.first == UInt8(ascii: "["), trait: "\(bytes.count % 3)")
    }

    @Test func whatFailsIsToldMadeSmallAndKept() async throws {
        let failure = try await #require(throws: Fuzzer.Failure.self) {
            try await fuzzer("self-needle").run { bytes in
                try demand(!String(decoding: bytes, as: UTF8.self).contains("needle"), "no needle")
                return trial(bytes)
            }
        }
        #expect(failure.description.hasPrefix("no needle\n"))
        #expect(failure.description.contains("from seed 1"))
        #expect(failure.description.hasSuffix("smaller: \"needle\""))
        let path = try #require(failure.description.firstMatch(of: /AEROSTAT_FUZZ_INPUT=(\S+)/)).1
        let kept = try Data(contentsOf: URL(filePath: String(path)))
        #expect(String(decoding: kept, as: UTF8.self).contains("needle"))
        try FileManager.default.removeItem(atPath: String(path))
    }

    @Test func oneSeedMakesTheSameInputs() async throws {
        var runs: [[[UInt8]]] = []
        for _ in 0..<2 {
            let inputs = Mutex<[[UInt8]]>([])
            try await fuzzer("self-same", tries: 300).run { bytes in
                inputs.withLock { $0.append(bytes) }
                return trial(bytes)
            }
            runs.append(inputs.withLock { $0 })
        }
        #expect(runs[0] == runs[1])
        #expect(Set(runs[0]).count > 250, "and not all alike")
    }

    @Test(arguments: [true, false])
    func aRunThatIsAllOfOneKindFails(isAccepted: Bool) async throws {
        let failure = try await #require(throws: Fuzzer.Failure.self) {
            try await fuzzer("self-\(isAccepted)", tries: 50).run { _ in Trial(isAccepted: isAccepted, trait: "") }
        }
        #expect(failure.description.contains("shares"))
    }

    /// A trap ends the process, and the file stays.
    @Test func theInputThatTrapsIsFoundAfterwards() async throws {
        await #expect(processExitsWith: .failure) {
            var budget = FuzzBudget(tries: 3000, minutes: 0)
            (budget.seed, budget.tries, budget.input) = (1, 3000, nil)
            let fuzzer = Fuzzer(
                "self-trap", corpus: try Corpus.folder("ini"), dictionary: FuzzDictionary(["needle"], nesting: []),
                budget: budget)
            try await fuzzer.run { bytes in
                precondition(!String(decoding: bytes, as: UTF8.self).contains("needle"))
                return Trial(isAccepted: true, trait: "")
            }
        }
        let folder = FileManager.default.temporaryDirectory
        let kept = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasPrefix("aerostat-fuzz-self-trap-") }.map { folder.appending(path: $0) }
        #expect(!kept.isEmpty)
        for file in kept {
            #expect(String(decoding: try Data(contentsOf: file), as: UTF8.self).contains("needle"))
            try FileManager.default.removeItem(at: file)
        }
    }
}
