import Pipeline
import Testing

@Suite struct MeterFilterTests {
    @Test func excludesWinOverIncludes() {
        let filter = MeterFilter(["*", "!memory*"])
        #expect(filter.matches("cpu"))
        #expect(!filter.matches("memory.usage"))
        #expect(filter.patterns == ["*", "!memory*"])
    }

    @Test func excludesAloneIncludeTheRest() {
        let filter = MeterFilter(["!cpu", "!disk.*"])
        #expect(filter.matches("memory"))
        #expect(!filter.matches("cpu"))
        #expect(!filter.matches("disk.root.size"))
    }

    @Test func namesAreTakenLiterally() {
        #expect(!MeterFilter(["memory"]).matches("memory.usage"))
        #expect(!MeterFilter(["CPU"]).matches("cpu"))
        #expect(!MeterFilter(["disk.root.size"]).matches("disk_root_size"))
    }

    /// What Ceilometer's own unit tests of its pipelines fix, restated.
    @Test(arguments: [
        (["*", "!a"], ["b", "c", "cpu", "disk.read.bytes", "instance"]),
        (["*", "!b"], ["a", "c", "cpu", "disk.read.bytes", "instance"]),
        (["!b", "!c"], ["a", "cpu", "disk.read.bytes", "instance"]),
        (["!a", "!c"], ["b", "cpu", "disk.read.bytes", "instance"]),
        (["*", "!disk.*"], ["a", "b", "c", "cpu", "instance"]), (["cpu", "disk.*"], ["cpu", "disk.read.bytes"]),
        (["!cpu", "!disk.*"], ["a", "b", "c", "instance"]),
    ])
    func wildcardsAndExcludesTogether(patterns: [String], passing: [String]) {
        let meters = ["a", "b", "c", "cpu", "disk.read.bytes", "instance"]
        #expect(meters.filter(MeterFilter(patterns).matches) == passing)
    }
}
