import Hypervisor
import Testing

@testable import Libvirt

/// Which descriptions are fetched: those that are new or may have changed, and no others.
@Suite struct DomainCatalogueTests {
    private let gone = LibvirtError(call: "virDomainLookupByUUIDString", domain: nil, code: 42, origin: 10, message: "")
    private let other = LibvirtError(call: "virDomainGetXMLDesc", domain: nil, code: 1, origin: 10, message: "no")

    private func record(_ uuid: String, name: String = "n", id: Int = 1) -> BulkRecord {
        BulkRecord(uuid: uuid, name: name, id: id, stats: DomainStats())
    }

    @Test func steadyStateWantsNothing() {
        var catalogue = DomainCatalogue()
        let records = [record("a"), record("b")]
        #expect(Set(catalogue.update(records)) == ["a", "b"])
        catalogue.insert(["a": .success("<a/>"), "b": .success("<b/>")], records: records)
        #expect(catalogue.update(records).isEmpty)
        #expect(catalogue["a"]?.xml == "<a/>")
    }

    @Test func theModelOfTheOthersMayLeave() {
        var catalogue = DomainCatalogue()
        let text = String(repeating: "<disk><target dev='vda' bus='virtio'/></disk>", count: 40)
        let records = [record("a"), record("b")]
        _ = catalogue.update(records)
        catalogue.insert(
            ["a": .success("<a>\(text)</a>"), "b": .success("<b>\(text)</b>")], records: records)
        _ = catalogue.update([record("b"), record("c")])
        catalogue.insert(["c": .success("<c>\(text)</c>")], records: [record("b"), record("c")])
        #expect(catalogue["a"] == nil)
        #expect(catalogue["b"]?.xml == "<b>\(text)</b>")
        #expect(catalogue["c"]?.xml == "<c>\(text)</c>")
    }

    @Test func changesAreWanted() {
        var catalogue = DomainCatalogue()
        _ = catalogue.update([record("a"), record("b")])
        catalogue.insert(["a": .success("<a/>"), "b": .success("<b/>")], records: [record("a"), record("b")])
        #expect(catalogue.update([record("a", name: "new"), record("b")]) == ["a"])
        #expect(catalogue.update([record("a"), record("b", id: 7)]) == ["b"])
        catalogue.expire(["b"])
        #expect(catalogue.update([record("a"), record("b")]) == ["b"])
        catalogue.expireAll()
        #expect(Set(catalogue.update([record("a"), record("b")])) == ["a", "b"])
    }

    @Test func anUnchangedDescriptionKeepsItsObject() {
        var catalogue = DomainCatalogue()
        let records = [record("a")]
        _ = catalogue.update(records)
        catalogue.insert(["a": .success("<a/>")], records: records)
        let before = catalogue["a"]
        catalogue.expireAll()
        _ = catalogue.update(records)
        catalogue.insert(["a": .success("<a/>")], records: records)
        #expect(catalogue["a"] === before)
        #expect(catalogue.update(records).isEmpty)
        catalogue.expireAll()
        _ = catalogue.update(records)
        catalogue.insert(["a": .success("<changed/>")], records: records)
        #expect(catalogue["a"] !== before)
    }

    @Test func goneDomainsAreForgottenAndFailuresKeepWhatIsKnown() {
        var catalogue = DomainCatalogue()
        let records = [record("a"), record("b")]
        _ = catalogue.update(records)
        catalogue.insert(["a": .success("<a/>"), "b": .failure(other)], records: records)
        #expect(catalogue["b"]?.problem != nil)
        #expect(catalogue.update(records) == ["b"])
        catalogue.expireAll()
        _ = catalogue.update(records)
        catalogue.insert(["a": .failure(other), "b": .failure(gone)], records: records)
        #expect(catalogue["a"]?.xml == "<a/>")
        #expect(catalogue["b"] == nil)
        _ = catalogue.update([record("b")])
        #expect(catalogue["a"] == nil)
    }
}
