import Telemetry
import Testing

/// Metadata keeps its fields' order; of two with one name the later value counts, at the earlier's place.
struct MetadataTests {
    @Test func orderIsKept() {
        let metadata = Metadata([.init("z", .integer(1)), .init("a", .null), .init("m", .bool(true))])
        #expect(metadata.fields.map(\.name) == ["z", "a", "m"])
        #expect(Metadata().fields.isEmpty)
    }

    @Test func theLaterCountsAtThePlaceOfTheEarlier() {
        let metadata = Metadata([
            .init("a", .integer(1)), .init("b", .integer(2)), .init("a", .integer(3)), .init("c", .integer(4)),
            .init("b", .null),
        ])
        #expect(metadata.fields == [.init("a", .integer(3)), .init("b", .null), .init("c", .integer(4))])
    }

    @Test func fieldsAreReadSetAndRemovedByName() {
        var metadata = Metadata([.init("a", .integer(1)), .init("b", .integer(2)), .init("c", .integer(3))])
        #expect(metadata["b"] == .integer(2))
        #expect(metadata["x"] == nil)
        metadata["b"] = nil
        metadata["x"] = nil
        #expect(metadata.fields.map(\.name) == ["a", "c"])
        metadata["a"] = .null
        metadata["b"] = .string("again")
        #expect(metadata.fields == [.init("a", .null), .init("c", .integer(3)), .init("b", .string("again"))])
    }

    @Test func addingLeavesTheOriginal() {
        let metadata = Metadata([.init("a", .integer(1)), .init("b", .integer(2))])
        let more = metadata.adding([.init("c", .integer(3)), .init("a", .integer(4))])
        #expect(more.fields == [.init("a", .integer(4)), .init("b", .integer(2)), .init("c", .integer(3))])
        #expect(metadata.fields == [.init("a", .integer(1)), .init("b", .integer(2))])
    }

    /// Whatever was added to what, it is what it would be if all had been given at once.
    @Test func additionsOfAdditionsAreAsOne() {
        let base = Metadata([.init("a", .integer(1)), .init("b", .null), .init("c", .integer(3))])
        let once = base.adding([.init("b", .string("on")), .init("d", .integer(4))])
        let twice = once.adding([.init("d", .null), .init("a", .string("x")), .init("e", .integer(5))])
        let all: [MetadataValue.Field] = [
            .init("a", .string("x")), .init("b", .string("on")), .init("c", .integer(3)), .init("d", .null),
            .init("e", .integer(5)),
        ]
        #expect(twice.fields == all)
        #expect(twice == Metadata(all))
        #expect(twice.hashValue == Metadata(all).hashValue)
        #expect(twice["b"] == .string("on") && twice["d"] == .null && twice["c"] == .integer(3) && twice["f"] == nil)
        #expect(!twice.isEmpty && Metadata().isEmpty && !Metadata().adding([.init("a", .null)]).isEmpty)
        var changed = twice
        changed["a"] = nil
        #expect(changed.fields == Array(all.dropFirst()))
        #expect(once.fields.count == 4 && base.fields.count == 3)
    }

    @Test func orderTellsMetadataApart() {
        let a = MetadataValue.Field("a", .null)
        let b = MetadataValue.Field("b", .null)
        #expect(Metadata([a, b]) != Metadata([b, a]))
        #expect(Metadata([a, b, a]) == Metadata([a, b]))
    }

    /// JSON names are compared by code points (RFC 8259, section 8.3), as Python does; Swift's texts are not.
    @Test func namesThatOnlyLookAlikeAreTwo() {
        let metadata = Metadata([.init("\u{E9}", .integer(1)), .init("e\u{301}", .integer(2))])
        #expect(metadata.fields.count == 2)
    }
}
