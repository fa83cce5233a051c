import Testing

@testable import Outbox

@Suite struct PlainFigureTests {
    @Test(arguments: [
        (0.4, "0 s"), (45, "45 s"), (60, "1 min"), (61, "1 min 1 s"), (7980, "2 h 13 min"), (86_400, "1 d"),
        (200_000, "2 d 7 h"), (-5, "0 s"), (1e12, "over a year"), (.infinity, "over a year"),
    ])
    func durations(seconds: Double, text: String) { #expect(PlainFigure.duration(seconds: seconds) == text) }

    @Test(arguments: [
        (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1_258_291, "1.2 MiB"), (1 << 30, "1.0 GiB"),
        ((1 << 20) - 1, "1.0 MiB"),
    ])
    func bytes(count: Int, text: String) { #expect(PlainFigure.bytes(count) == text) }
}
