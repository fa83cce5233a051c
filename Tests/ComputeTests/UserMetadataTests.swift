@testable import Compute
import Telemetry
import Testing

/// What of a server's metadata becomes `user_metadata`, as `ceilometer.sample.add_reserved_user_metadata` has it.
@Suite struct UserMetadataTests {
    private static let taken = Metadata([.init("name", .string("n")), .init("ephemeral_gb", .integer(0))])

    private func choose(
        _ fields: [(String, MetadataValue)], _ rule: UserMetadataRule = UserMetadataRule()
    ) -> [String: MetadataValue]? {
        guard
            case .object(let chosen)? = rule.userMetadata(
                fields.map { MetadataValue.Field($0.0, $0.1) }, besides: Self.taken)
        else { return nil }
        return Dictionary(uniqueKeysWithValues: chosen.map { ($0.name, $0.value) })
    }

    @Test func prefixesAreLeftOutAndFullStopsReplaced() {
        let long = String(repeating: "X", count: 512)
        #expect(
            choose([
                ("metering.autoscale.group", .string(long)), ("metering.ephemeral_gb", .integer(42)),
                ("team", .string("t")),
            ]) == ["autoscale_group": .string(String(repeating: "X", count: 256))])
        #expect(choose([("metering.server_group", .string("group1"))]) == ["server_group": .string("group1")])
    }

    @Test func nothingChosenIsNothing() {
        #expect(choose([]) == nil)
        #expect(choose([("team", .string("t")), ("metering.name", .string("taken"))]) == nil)
    }

    @Test func keysAndSeveralPrefixes() {
        let rule = UserMetadataRule(namespaces: ["a.", "b."], keys: ["team.lead", "name"])
        #expect(
            choose(
                [("a.x", .integer(1)), ("b.x", .integer(2)), ("team.lead", .string("l")), ("name", .string("no"))],
                rule) == ["x": .integer(2), "team_lead": .string("l")])
    }

    /// As Python's `v[:limit]`: by characters, from the end below 0; numbers are not cut.
    @Test(arguments: [(3, "abé"), (0, ""), (9, "abéd"), (-1, "abé"), (-4, ""), (-9, "")])
    func lengthsAsPythonsSlices(limit: Int, expected: String) {
        let rule = UserMetadataRule(length: limit)
        #expect(
            choose([("metering.t", .string("abéd")), ("metering.n", .integer(12345))], rule)
                == ["t": .string(expected), "n": .integer(12345)])
    }
}
