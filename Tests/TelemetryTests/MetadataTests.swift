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
