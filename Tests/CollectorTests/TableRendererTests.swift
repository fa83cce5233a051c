import Testing

@testable import collector

@Suite struct TableRendererTests {
    private let idle = InstanceRow(
        uuid: "6e7c0001-0000-4000-8000-000000000001", name: "idle", project: "5a9f1c3e7b2d4f6a8c0e2b4d6f8a0c1e",
        figures: [.memory: 128, .usage: 22.34375, .resident: 196.5234], age: 2.9, missing: [])
    private let none = InstanceRow(
        uuid: "6e7c0004-0000-4000-8000-000000000004", name: "none", project: "demo",
        figures: [.resident: 196.2], age: 65,
        missing: [
            .init(meter: .memory, reason: "no balloon device"), .init(meter: .usage, reason: "no balloon device"),
        ])

    @Test func aRowStandsOnOneLineWithoutALimit() {
        #expect(
            TableRenderer(width: nil).lines([idle, none]) == [
                "INSTANCE  UUID      PROJECT   MEMORY  USAGE  RESIDENT   AGE  WHY A FIGURE IS MISSING",
                "idle      6e7c0001  5a9f1c3e   128.0   22.3     196.5   2 s",
                "none      6e7c0004  demo           -      -     196.2  65 s  memory, memory.usage: no balloon device",
            ])
    }

    @Test func onANarrowTerminalReasonsStandBelow() {
        #expect(
            TableRenderer(width: 62).lines([none]) == [
                "INSTANCE  UUID      PROJECT  MEMORY  USAGE  RESIDENT   AGE",
                "none      6e7c0004  demo          -      -     196.2  65 s",
                "    memory, memory.usage: no balloon device",
            ])
    }

    @Test func reasonsWrapInTheirColumn() throws {
        var row = none
        row.missing = [.init(meter: .usage, reason: "the guest is paused and its figures are old")]
        let lines = TableRenderer(width: 100).lines([row])
        try #require(lines.count == 3)
        #expect(lines[1].hasSuffix("  memory.usage: the guest is paused and"))
        #expect(lines[2].trimmingPrefix { $0 == " " } == "its figures are old")
        #expect(lines.allSatisfy { TerminalText.width($0) <= 100 })
    }

    @Test func differentReasonsAreToldApart() {
        var row = none
        row.missing = [.init(meter: .memory, reason: "a"), .init(meter: .usage, reason: "b")]
        #expect(TableRenderer(width: nil).lines([row])[1].hasSuffix("memory: a; memory.usage: b"))
    }

    @Test func aNameCannotMoveTheCursor() {
        var row = idle
        row.name = "x\u{1B}[2J\ny"
        #expect(TableRenderer(width: nil).lines([row])[1].hasPrefix("x\u{FFFD}[2J\u{FFFD}y "))
    }

    @Test func noLineIsWiderThanTheTerminal() {
        for width in [1, 10, 40, 80, 120] {
            let lines = TableRenderer(width: width).lines([idle, none])
            #expect(lines.allSatisfy { TerminalText.width($0) <= width })
        }
    }

    @Test(arguments: [
        (0.0, "0.0"), (22.34375, "22.3"), (22.96, "23.0"), (-0.26, "-0.3"), (1e300, "1e+300"),
    ])
    func figures(value: Double, text: String) {
        #expect(TableRenderer.mebibytes(value) == text)
    }

    @Test(arguments: [
        (0.4, "0 s"), (119.9, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 d"), (-3, "-3 s"), (.infinity, "-"),
    ])
    func ages(seconds: Double, text: String) {
        #expect(TableRenderer.age(seconds) == text)
    }
}
