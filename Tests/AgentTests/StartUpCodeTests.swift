import Testing

@testable import Agent

/// Pages of code that are given up come back as they were when they are needed.
struct StartUpCodeTests {
    @Test func codeWorksAfterwards() {
        let mapped = StartUpCode.unwritablePages()
        #expect(!mapped.isEmpty)
        for _ in 0..<3 {
            StartUpCode.forget()
            #expect([3, 1, 2].sorted().map { "\($0)" }.joined(separator: " ") == "1 2 3")
        }
    }

    /// None of them can hold what this process has written.
    @Test func nothingThatCouldHaveBeenWrittenIsAmongThem() {
        var written = 1
        let constants = ["a": 1]
        withUnsafePointer(to: &written) { pointer in
            let address = Int(bitPattern: pointer)
            for pages in StartUpCode.unwritablePages() {
                let start = Int(bitPattern: pages.start)
                #expect(pages.count > 0 && pages.count % 4096 == 0)
                #expect(!(start..<start + pages.count).contains(address))
            }
        }
        StartUpCode.forget()
        #expect(constants["a"] == 1 && written == 1)
    }
}
