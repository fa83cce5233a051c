import Configuration
import Foundation
import Telemetry
import Testing

@testable import Publishers

@Suite struct GnocchiDefinitionTests {
    private func load(_ text: String) -> (definition: GnocchiDefinition?, told: [String]) {
        var diagnostics = Diagnostics()
        let definition = GnocchiDefinition.load(Array(text.utf8), file: "g.yaml", into: &diagnostics)
        return (definition, diagnostics.all.map(\.description))
    }

    @Test func packagedDefinitionIsTheShippedFile() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
        let text = try String(contentsOf: root.appending(path: "etc/aerostat/gnocchi_resources.yaml"), encoding: .utf8)
        let body = try #require(text.split(separator: "---\n", maxSplits: 1).last)
        #expect(PackagedDefinition.text + "\n" == body)
        var diagnostics = Diagnostics()
        let definition = try #require(PackagedDefinition.load(into: &diagnostics))
        #expect(diagnostics.all.isEmpty)
        #expect(definition.resources.map(\.type) == ["instance", "instance_disk", "instance_network_interface"])
        #expect(definition.lookUp("cpu")?.metric.archivePolicy == "ceilometer-low-rate")
        #expect(definition.lookUp("memory.usage")?.metric.archivePolicy == "ceilometer-low")
        #expect(definition.lookUp("disk.device.usage")?.resource == 1)
        #expect(definition.lookUp("network.incoming.bytes.delta") == nil)
    }

    @Test func everythingOfTheFormat() throws {
        let (definition, told) = load(
            """
            archive_policy_default: mine
            archive_policies:
              - {name: mine, aggregation_methods: [mean], back_window: 0, definition: [{granularity: 1s, points: 60}]}
            resources:
              - resource_type: instance
                metrics:
                  cpu:
                    archive_policy_name: fast
                  memory.usage:
                  power.*:
                  "!power.state":
                attributes:
                  host: resource_metadata.(instance_host|host)
                  both:
                    fields: [resource_metadata.a.b, resource_metadata.c]
                  five: 5
                event_create: compute.instance.create.end
                event_attributes: {id: instance_id, host: host}
                event_associated_resources: {instance_disk: '{"=": {"instance_id": "%s"}}'}
              - resource_type: other
                metrics: [cpu, "*"]
              - resource_type: last
                archive_policy: old
                metrics: [memory]
            """)
        let found = try #require(definition)
        #expect(
            told == [
                "g.yaml:23:21: warning: archive_policy of resource 'last' is deprecated; "
                    + "set archive_policy_name of each metric"
            ])
        // The last of the exact ones, then the first pattern.
        #expect(found.lookUp("cpu")?.resource == 1)
        #expect(found.lookUp("cpu")?.metric.archivePolicy == "mine")
        #expect(found.lookUp("memory.usage")?.resource == 0)
        #expect(found.lookUp("memory")?.metric.archivePolicy == "old")
        #expect(found.lookUp("power.x")?.resource == 0)
        #expect(found.lookUp("power.state")?.resource == 1)
        #expect(found.lookUp("anything")?.resource == 1)
        #expect(found.policiesInUse == ["mine", "fast", "old"])
        #expect(found.overriding(archivePolicy: "x").policiesInUse == ["x"])
        let policy = try OrderedJSON.parse(try #require(found.archivePolicies.first).json)
        #expect(policy["definition"]?.elements.first?["points"] == .integer(60))
        let sample = MetadataValue.object([
            .init("resource_metadata", .object([.init("host", .string("h")), .init("c", .string("x"))]))
        ])
        #expect(
            found.resources[0].attributes.map { $0.value(in: sample) } == [.string("h"), .string("x"), .integer(5)])
    }

    @Test(arguments: [
        ("[]", "g.yaml:1:1: error: the file holds a list; expected a mapping with \"resources\""),
        ("resources: 5", "g.yaml:1:12: error: resources is a whole number; expected a list of mappings"),
        ("resources:\n  - x", "g.yaml:2:5: error: resources holds text; expected mappings, each with a resource_type"),
        ("resources:\n  - metrics: [cpu]", "g.yaml:2:5: error: the resource has no \"resource_type\""),
        ("resources:\n  - resource_type: a", "g.yaml:2:5: error: resource 'a' has no \"metrics\""),
        (
            "resources:\n  - resource_type: a\n    metrics: 7",
            "g.yaml:3:14: error: metrics of resource 'a' is a whole"
        ),
        (
            "resources:\n  - resource_type: a\n    metrics: {cpu: 7}",
            "g.yaml:3:20: error: the metric 'cpu' has a whole number; expected archive_policy_name, or nothing"
        ),
        (
            "resources:\n  - resource_type: a\n    metrics: [cpu]\n    attributes:\n      x: a..b",
            "g.yaml:5:10: error: the attribute 'x', character 3 of its path 'a..b': \"..\" is not supported here"
        ),
        (
            "resources:\n  - resource_type: a\n    metrics: [cpu]\n    attributes:\n      x: {fields: a, plugin: split}",
            "g.yaml:5:30: error: the attribute 'x' uses a plugin of Ceilometer's"
        ),
        (
            "resources:\n  - resource_type: a\n    metrics: [cpu]\n    event_create: x",
            "g.yaml:2:5: error: resource 'a' has events and no \"event_attributes\""
        ),
        ("archive_policies: [{definition: []}]", "g.yaml:1:20: error: the archive policy has no \"name\""),
    ])
    func errors(_ text: String, _ message: String) {
        let (definition, told) = load(text)
        #expect(definition == nil)
        #expect(told.contains { $0.hasPrefix(message) }, "\(told)")
    }

    @Test func unknownKeysAreWarnedOf() {
        let told = load("resource: []\nresources:\n  - {resource_type: a, metric: [], metrics: [cpu]}").told
        #expect(told.count == 2)
        #expect(told.allSatisfy { $0.contains("warning") && $0.contains("did you mean") }, "\(told)")
    }
}
