import Telemetry
import Testing

@testable import Pipeline

@Suite struct ExpressionTests {
    private func value(
        _ text: String, _ volume: Volume = .integer(8), _ metadata: [MetadataValue.Field] = []
    ) throws(ExpressionError) -> ExpressionValue {
        let sample = TransformerBench.sample("cpu", volume: volume, metadata: metadata)
        return try Expression(text, .sample).evaluate { _ in sample }
    }

    private func error(_ text: String, _ vocabulary: ExpressionVocabulary = .sample) -> String? {
        do {
            _ = try Expression(text, vocabulary)
            return nil
        } catch {
            return "\(error.position): \(error.message)"
        }
    }

    @Test func theFactorOfCPUUtil() throws {
        let text = "100.0 / (10**9 * (resource_metadata.cpu_number or 1))"
        #expect(try value(text, .integer(8), [.init("cpu_number", .integer(4))]) == .real(100.0 / 4e9))
        #expect(try value(text) == .real(100.0 / 1e9))
    }

    @Test func everyAttributeOfASampleHasAName() throws {
        let fields: [MetadataValue.Field] = [.init("user_metadata", .object([.init("stack", .string("web"))]))]
        #expect(try value("name", .integer(1), fields) == .text("cpu"))
        #expect(try value("type") == .text("cumulative"))
        #expect(try value("unit") == .text("ns"))
        #expect(try value("timestamp") == .text("2026-11-22T18:00:00"))
        #expect(try value("monotonic_time") == .null)
        #expect(try value("resource_metadata.user_metadata.stack", .integer(1), fields) == .text("web"))
        #expect(try value("resource_metadata.user_metadata.other", .integer(1), fields) == .missing)
        for attribute in SampleAttribute.allCases { #expect(error(attribute.rawValue) == nil) }
    }

    @Test(
        arguments: [
            ("", "1: the end is unexpected"), ("1 +", "4: the end is unexpected"), ("(1", "3: the end is unexpected"),
            ("1 2", "3: the number 2 is unexpected; expected an operator or the end"),
            ("volume * (3 + import)", "15: import is unexpected"),
            ("min(1)", "4: \"(\" is unexpected; expected an operator"),
            ("volum / 2", "1: a sample has no 'volum'"), ("2 ** ** 2", "6: \"**\" is unexpected"),
            ("__import__", "1: a sample has no '__import__'"), ("'a' == name", "1: the character"),
            ("volume; 1", "7: the character"), ("012", "1: a whole number begins with 0"),
            ("1__0", "1: an underscore"), ("1e", "3: expected the digits of an exponent"),
            ("$(cpu)", "1: $(cpu) has a meaning only in arithmetic"),
            ("340282366920938463463374607431768211456", "1: the number is too large"),
            ("1.5x", "4: expected an operator"), ("volume.", "8: the end is unexpected; expected a name"),
        ])
    func whatIsNoExpressionIsToldWithItsPlace(text: String, told: String) throws {
        let error = try #require(self.error(text))
        #expect(error.hasPrefix(told), "\(error)")
    }

    @Test func namesThatAreNearAreHinted() {
        #expect(error("resource_metdata.vcpus")?.hasSuffix("did you mean resource_metadata?") == true)
    }

    @Test func metersStandInArithmeticAlone() throws {
        let expression = try Expression("100 * $(memory.usage) / $(memory) + $(cpu-0).resource_metadata.a.b", .meters)
        #expect(
            expression.names.map(\.text) == [
                "$(memory.usage).volume", "$(memory).volume", "$(cpu-0).resource_metadata.a.b",
            ])
        #expect(error("volume", .meters)?.hasPrefix("1: the name 'volume' means nothing here") == true)
        #expect(error("$cpu", .meters)?.hasPrefix("1: expected a meter's name in brackets") == true)
        #expect(error("$(c pu)", .meters)?.hasPrefix("4: expected a meter's name") == true)
        #expect(error("$(cpu).volum", .meters)?.hasPrefix("1: a sample has no 'volum'") == true)
    }

    @Test func faultsHaveTheirPlace() {
        func fault(_ text: String) -> String? {
            do {
                _ = try value(text, .integer(8), [.init("word", .string("x"))])
                return nil
            } catch {
                return "\(error.position): \(error.message)"
            }
        }
        #expect(fault("1 + volume / 0") == "12: division by zero")
        #expect(fault("2 * resource_metadata.word") == "5: 'resource_metadata.word' is text; expected a number")
        #expect(fault("2 * resource_metadata.gone") == "5: 'resource_metadata.gone' is missing; expected a number")
        #expect(fault("volume.x")?.contains("stands for nothing") == true)
        #expect(fault("10 ** 39") == "4: the result is too large")
        #expect(fault("(-8) ** 0.5")?.contains("no such power") == true)
        #expect(fault("unit < 3") == "6: text and a number have no order")
    }

    @Test(.timeLimit(.minutes(1)))
    func nothingTakesForEver() throws {
        #expect(throws: ExpressionError.self) { try value("9 ** 9 ** 9 ** 9") }
        #expect(try value("1 ** 170141183460469231731687303715884105727") == .integer(1))
        #expect(try value("(-1) ** 170141183460469231731687303715884105727") == .integer(-1))
        #expect(throws: ExpressionError.self) { try value("1e300 ** 1e300") }
        #expect(
            error(String(repeating: "(", count: 400) + "1" + String(repeating: ")", count: 400))?.contains("levels")
                == true)
        #expect(error(String(repeating: "-", count: 900) + "1")?.contains("levels") == true)
        #expect(error(String(repeating: "not ", count: 200) + "1")?.contains("levels") == true)
        #expect(error(String(repeating: "2**", count: 300) + "1")?.contains("levels") == true)
        #expect(error(String(repeating: "1", count: 1001))?.contains("expected at most 1000") == true)
        // As many operators as fit, one after the other.
        #expect(try value(String(repeating: "1+", count: 499) + "1") == .integer(500))
        #expect(try value(String(repeating: "1<2<", count: 249) + "3") == .truth(false))
    }
}
