import Compute
import Testing

@testable import Agent

/// What `--instance` and `--meter` take, and what they say of what they do not.
@Suite struct InstanceSelectionTests {
    private static let names = [
        InstanceName(
            displayName: "nostats", libvirtName: "instance-00000003", uuid: "6e7c0003-0000-4000-8000-000000000003"),
        InstanceName(
            displayName: "plain-1", libvirtName: "instance-00000101", uuid: "6e7c0101-0000-4000-8000-000000000101"),
        InstanceName(
            displayName: "Plain-2", libvirtName: "instance-00000102", uuid: "6e7c0102-0000-4000-8000-000000000102"),
        InstanceName(
            displayName: "plain-2", libvirtName: "instance-00000103", uuid: "6e7c0103-0000-4000-8000-000000000103"),
        InstanceName(displayName: nil, libvirtName: "db-1", uuid: "7e7c0104-0000-4000-8000-000000000104"),
    ]

    private func resolve(_ texts: String...) -> InstanceSelection.Resolution {
        InstanceSelection(texts).resolve(among: Self.names)
    }

    private func found(_ text: String) -> [String] { resolve(text).uuids.map { String($0.suffix(3)) }.sorted() }

    @Test func everyNameIsTaken() {
        #expect(found("nostats") == ["003"])
        #expect(found("NoStats") == ["003"])
        #expect(found("instance-00000003") == ["003"])
        #expect(found("INSTANCE-00000003") == ["003"])
        #expect(found("6e7c0003-0000-4000-8000-000000000003") == ["003"])
        #expect(found("6E7C0003-0000-4000-8000-000000000003") == ["003"])
        #expect(found("6E7C0003") == ["003"])
        #expect(found("6e7c000300004") == ["003"])
        #expect(found("db-1") == ["104"])
        #expect(found("plain-*") == ["101", "102", "103"])
        #expect(found("instance-0000010?") == ["101", "102", "103"])
        #expect(found("*") == ["003", "101", "102", "103", "104"])
        // As it is written before any other case.
        #expect(found("plain-2") == ["103"])
        #expect(found("PLAIN-2") == ["102", "103"])
        #expect(resolve("nostats", "db-1").uuids.count == 2)
    }

    /// A name that a tenant, or a recording, chose makes no second line and does not control a terminal.
    @Test func aNameIsOneLine() {
        let name = InstanceName(displayName: "a\u{9B}2J", libvirtName: "b\n<0>c", uuid: "u")
        #expect("\(name)" == "a\\u{009B}2J (b\\n<0>c, u)")
    }

    @Test func whatMeansNoneIsToldWithASuggestion() {
        #expect(resolve("nostat").unmatched == ["nostat": "no instance 'nostat' among 5; did you mean nostats?"])
        #expect(resolve("instance-0000003").unmatched.values.first?.contains("did you mean instance-00000003?") == true)
        #expect(resolve("web-*").unmatched == ["web-*": "no instance matches 'web-*' among 5"])
        #expect(resolve("zzz").unmatched == ["zzz": "no instance 'zzz' among 5"])
        // Three digits are a word by chance.
        #expect(resolve("7e7").uuids.isEmpty)
        let some = resolve("nostats", "zzz")
        #expect(some.uuids.count == 1 && some.unmatched.count == 1)
    }

    @Test func aBeginningThatSeveralHaveIsToldWithThem() {
        let resolution = resolve("6e7c01")
        #expect(resolution.uuids.isEmpty && resolution.unmatched.isEmpty)
        #expect(resolution.ambiguous.count == 1)
        #expect(resolution.ambiguous[0].contains("'6e7c01' is the beginning of 3 UUIDs (plain-1 (instance-00000101"))
    }

    @Test func anInstanceIsCalledByAllItsNames() {
        #expect("\(Self.names[0])" == "nostats (instance-00000003, 6e7c0003-0000-4000-8000-000000000003)")
        #expect("\(Self.names[4])" == "db-1 (7e7c0104-0000-4000-8000-000000000104)")
    }

    @Test func aMeterThatCannotComeIsToldWhy() throws {
        let folder = try ConfigurationFolder([
            "ceilometer.conf": "[DEFAULT]\nhost = h\n",
            "polling.yaml": "sources: [{name: a, interval: 60, meters: [cpu, memory.usage]}]\n",
            "pipeline.yaml": """
            sources: [{name: a, meters: ["*"], sinks: [k]}]
            sinks:
              - name: k
                transformers: [{name: rate_of_change, parameters: {target: {name: cpu_util, unit: "%", type: gauge}}}]
                publishers: ["test://"]
            """,
        ])
        let configuration = try #require(folder.load().configuration)
        for pattern in ["cpu", "memory.*", "cpu_util", "*", "!cpu"] {
            #expect(configuration.problem(ofMeter: pattern) == nil, "\(pattern)")
        }
        #expect(
            configuration.problem(ofMeter: "memory.usages") == "no meter 'memory.usages'; did you mean memory.usage?")
        #expect(configuration.problem(ofMeter: "x*") == "no meter matches 'x*'")
        #expect(
            configuration.problem(ofMeter: "vcpus")
                == "meter vcpus is not polled: no source of polling.yaml selects it")
        #expect(
            configuration.problem(ofMeter: "disk.*")
                == "no meter that matches 'disk.*' is polled: no source of polling.yaml selects one")
        #expect(configuration.problem(ofMeter: "disk.read.bytes")?.contains("name it there in full") == true)
    }
}
