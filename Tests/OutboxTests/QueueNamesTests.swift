import Testing

@testable import Outbox

@Suite struct QueueNamesTests {
    private func names(
        _ table: [Int64: String], _ index: [Int64: String], used: Set<Int64> = [1, 2], known: Set<String> = ["a", "b"]
    ) -> [String?] {
        let names = QueueNames(fromTable: table, fromIndex: index, used: used, known: known)
        return [names[1], names[2]]
    }

    @Test func eitherCopyWillDo() {
        #expect(names([1: "a", 2: "b"], [1: "a", 2: "b"]) == ["a", "b"])
        #expect(names([:], [1: "a", 2: "b"]) == ["a", "b"])
        #expect(names([1: "a", 2: "b"], [:]) == ["a", "b"])
        #expect(names([1: "a"], [2: "b"]) == ["a", "b"])
    }

    @Test func aDamagedCopyIsKnownByItsPublisherOrByTheOtherQueues() {
        #expect(names([1: "`", 2: "b"], [1: "a", 2: "b"]) == ["a", "b"])
        #expect(names([1: "a", 2: "b"], [1: "`", 2: "b"]) == ["a", "b"])
        #expect(names([1: "b", 2: "b"], [1: "a", 2: "b"]) == ["a", "b"], "a name that has become another's")
        #expect(names([1: "a", 2: "b"], [1: "b", 2: "b"]) == ["a", "b"])
        #expect(names([1: "a", 2: "old"], [2: "a"]) == ["a", "old"], "a row number that has become another's")
        #expect(names([1: "old", 2: "b"], [2: "b"]) == ["old", "b"], "a queue without a publisher")
    }

    @Test func withBothGoneOnlyWhatIsCertainIsTaken() {
        #expect(names([:], [:], used: [1], known: ["a"]) == ["a", nil])
        #expect(names([:], [:]) == [nil, nil])
        #expect(names([:], [:], used: [1], known: ["a", "b"]) == [nil, nil])
        #expect(names([:], [:], used: [1, 2], known: ["a"]) == [nil, nil])
        #expect(names([2: "b"], [:], used: [1, 2], known: ["a", "b"]) == [nil, "b"], "it may be an old publisher's")
    }
}
