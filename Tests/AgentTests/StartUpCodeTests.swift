import Testing

@testable import Agent

/// Pages of code that are given up come back as they were when they are needed.
struct StartUpCodeTests {
    private final class OfThisProgram {}

    private static func contains(_ address: Int) -> Bool {
        StartUpCode.unwritablePages().contains { pages in
            let start = Int(bitPattern: pages.start)
            return (start..<start + pages.count).contains(address)
        }
    }

    @Test func codeIsGivenUpAndWorksAfterwards() {
        let function: @convention(c) (Int) -> Int = { $0 + 1 }
        #expect(Self.contains(unsafeBitCast(function, to: Int.self)))
        for count in 0..<3 {
            StartUpCode.forget()
            #expect(function(count) == count + 1)
        }
    }

    /// The runtime has written into a class's metadata, and what is given up would come back as it is in the file.
    @Test func nothingThatWasWrittenIsAmongThem() {
        #expect(!Self.contains(unsafeBitCast(OfThisProgram.self, to: Int.self)))
    }
}
