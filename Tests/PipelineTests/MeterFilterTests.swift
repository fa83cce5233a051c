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
}
