import Configuration
import Pipeline
import Testing

@Suite struct PollingDefinitionTests {
    private func source(_ rest: String) -> (definition: PollingDefinition?, told: [String]) {
        loadPolling("sources:\n  - {name: s, \(rest)}\n")
    }

    /// Python's `int()` of what PyYAML makes of it.
    @Test(
        arguments: [
            ("300", 300), ("\"60\"", 60), ("60.9", 60), ("true", 1), ("' 60 '", 60), ("\"6_0\"", 60), ("6_0", 60),
            ("+60", 60), ("'+60'", 60), ("1:30", 90), ("017", 15), ("0x10", 16), ("0b11", 3), ("1.5e+2", 150),
            ("'007'", 7),
        ])
    func intervalIsReadAsPythonReadsIt(text: String, seconds: Int) {
        let (definition, told) = source("interval: \(text), meters: [cpu]")
        #expect(definition?.sources.map(\.interval) == [seconds], "\(told)")
        #expect(told.isEmpty)
    }

    @Test(
        arguments: [
            "0", "-1", "null", "''", "\"6 0\"", "'1__0'", "'_5'", "'5_'", "1e3", "'60.9'", "'0x10'", "0.5", "false",
            ".inf", "-.inf", ".nan", "[60]", "{a: 1}", "soon", "60s", "99999999999999999999", "-0x10", "'+-6'",
        ])
    func intervalThatIsNoneIsRefused(text: String) {
        let (definition, told) = source("interval: \(text), meters: [cpu]")
        #expect(definition == nil)
        #expect(told.count == 1)
        #expect(told.first?.hasPrefix("polling.yaml:2:25: error: interval of source 's' is ") == true, "\(told)")
    }

    @Test(arguments: ["''", "{}", "null", "[]", "false", "0", "0.0", ""])
    func whatPythonCountsAsFalseIsAnEmptyList(value: String) {
        for key in ["resources", "discovery"] {
            let (definition, told) = loadPolling(
                "sources:\n  - name: s\n    interval: 5\n    meters: [cpu]\n    \(key): \(value)\n")
            #expect(definition?.sources.first?.resources == [], "\(told)")
            #expect(definition?.sources.first?.discovery == [], "\(told)")
            #expect(told.isEmpty)
        }
    }

    @Test(arguments: ["abc", "5", "true", "{a: b}", "1.5"])
    func otherThanAListOfResourcesIsRefused(value: String) {
        for key in ["resources", "discovery"] {
            let (definition, told) = source("interval: 5, meters: [cpu], \(key): \(value)")
            #expect(definition == nil)
            #expect(told.count == 1)
            #expect(told.first?.contains("expected a list") == true)
        }
    }

    @Test func allErrorsOfAFileAreToldAtOnceWithTheirPlaces() {
        let (definition, told) = loadPolling(
            """
            source: 1
            sources:
              - name: a
                interval: soon
                meters: []
              - interval: 10
                meters: [cpu, "*"]
              - name: c
                meter: [cpu]
                interval: -5
            """)
        #expect(definition == nil)
        #expect(
            told.map { $0.prefix { $0 != " " } } == [
                "polling.yaml:1:1:", "polling.yaml:4:15:", "polling.yaml:5:13:", "polling.yaml:6:5:",
                "polling.yaml:7:19:", "polling.yaml:9:5:", "polling.yaml:10:15:", "polling.yaml:8:5:",
            ])
        #expect(told[0].hasSuffix("warning: polling.yaml has an unknown key 'source'; did you mean sources?"))
        #expect(told[5].hasSuffix("did you mean meters?"))
    }

    @Test func misspeltMetersAreHintedAt() {
        let (definition, told) = source("interval: 5, meters: [memory.usag, vcpu, 'disk.*', volume.size]")
        #expect(definition != nil)
        #expect(told.count == 3)
        #expect(told[0].contains("no meter 'memory.usag'; did you mean memory.usage?"))
        #expect(told[1].contains("no meter 'vcpu'; did you mean cpu?"))
        #expect(told[2].contains("2 of 4 meters are not polled"))
        #expect(!told[2].contains("did you mean"))
        let (_, patterns) = source("interval: 5, meters: ['memroy.*', 'frobs.*']")
        #expect(patterns.count == 2)
        #expect(patterns[0].hasSuffix("the pattern 'memroy.*' matches no meter of this agent; did you mean memory.*?"))
        #expect(patterns[1].hasSuffix("the pattern 'frobs.*' matches no meter of this agent"))
    }

    /// Debian's polling.yaml brought nineteen lines, a meter each.
    @Test func metersThatCeilometerPollsElsewhereShareALine() {
        let (definition, told) = loadPolling(
            """
            sources:
              - name: some_pollsters
                interval: 300
                meters: [cpu, cpu_l3_cache, volume.size, volume.snapshot.size, volume.backup.size]
              - name: hardware
                interval: 300
                meters: [hardware.cpu.util, hardware.memory.used, "image.*"]
            """)
        #expect(definition?.sources.count == 2)
        #expect(
            told == [
                "polling.yaml:4:19: warning: 7 of 8 meters are not polled: Ceilometer has them, this agent has not: "
                    + "cpu_l3_cache, volume.* (3), hardware.* (2), image.*"
            ])
        let (_, alone) = source("interval: 5, meters: [cpu, volume.size]")
        #expect(alone == ["polling.yaml:2:42: warning: this agent has no meter 'volume.size'"])
    }

    @Test(
        arguments: [
            "", "# nothing\n", "---\n", "null", "5", "text", "[]", "sources", "sources:", "sources: 5", "sources: text",
            "sources: {a: b}", "sources: [5]", "sources: [[]]", "sources: [null]", "sources: [{}]",
            "sources:\n - name: [a]\n   interval: 5\n   meters: [cpu]",
            "sources:\n - {name: s, interval: 5}", "sources:\n - {name: s, meters: [cpu]}",
            "sources:\n - {name: s, interval: 5, meters: {cpu: 1}}",
            "sources:\n - {name: s, interval: 5, meters: [[cpu]]}",
            "sources:\n - {name: s, interval: 5, meters: [null]}", "sources:\n - {name: s, interval: 5, meters: ['']}",
            "sources:\n - {name: s, interval: 5, meters: true}", "sources:\n - {name: s, interval: 5, meters: }",
            "sources:\n- name: s\n  interval: 5\n   meters: [cpu]", "sources:\n- name: s\n\tinterval: 5",
            "sources:\n - {name: s, name: t, interval: 5, meters: [cpu]}", "sources: []\nsources: []",
            "sources: [\n", "{sources: []", "sources: 'a", "sources: []\n---\nsources: []",
            "sources:\n - {name: s, interval: 5, meters: [*]}", "sources:\n - {name: s, interval: 5, meters: [!cpu]}",
        ])
    func badFilesAreRefusedWithTheirPlace(text: String) {
        let (definition, told) = loadPolling(text)
        #expect(definition == nil)
        #expect(!told.isEmpty)
        #expect(told.allSatisfy { $0.wholeMatch(of: /polling\.yaml:\d+:\d+: (error|warning): .+/) != nil }, "\(told)")
        #expect(told.contains { $0.contains(": error: ") })
    }

    @Test(arguments: ["sources: {}", "sources: ''", "sources:\n - {name: , interval: 5, meters: [cpu]}"])
    func strangeFilesThatCeilometerTakesAreTaken(text: String) {
        #expect(loadPolling(text).definition != nil)
    }

    @Test func uselessSettingsAreWarnedAbout() {
        let (definition, told) = source(
            "interval: 5, meters: [cpu], resources: [a, {b: c}], discovery: [local_instance, local_instances, 'x:y'], "
                + "group_id_coordination_expression: e")
        #expect(definition?.sources.first?.resources == ["a", "a mapping"])
        #expect(told.count == 4)
        #expect(told.allSatisfy { $0.contains(": warning: ") })
        #expect(told.contains { $0.contains("did you mean local_instances?") })
    }

    @Test func aliasesAndMergesMakeSources() throws {
        let (definition, told) = loadPolling(
            """
            sources:
              - &fast {name: a, interval: 10, meters: [cpu]}
              - {<<: *fast, name: b, meters: ["*", '!cpu']} # see http://h/?a=1&b=*
            """)
        #expect(told.isEmpty)
        #expect(try #require(definition).sources.map(\.name) == ["a", "b"])
        #expect(definition?.sources.map(\.interval) == [10, 10])
    }
}
