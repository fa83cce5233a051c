import Hypervisor

/// The domains of a host with their descriptions, and which of them are out of date.
struct DomainCatalogue {
    private var entries: [String: Entry] = [:]
    /// The first description that came, and whose it is.
    private var model: (uuid: String, description: DescriptionModel)?

    private struct Entry {
        var domain: Domain
        var isExpired = false
    }

    /// The domain of that UUID.
    subscript(uuid: String) -> Domain? { entries[uuid]?.domain }

    /// All descriptions are out of date, as after a new connection, which has seen no events.
    mutating func expireAll() {
        for uuid in entries.keys { entries[uuid]?.isExpired = true }
    }

    /// These descriptions are out of date.
    mutating func expire(_ uuids: Set<String>) {
        for uuid in uuids { entries[uuid]?.isExpired = true }
    }

    /// Forgets domains that are gone, and says which descriptions are wanted: new, out of date, renamed or restarted.
    mutating func update(_ records: [BulkRecord]) -> [String] {
        var wanted: [String] = []
        var present: Set<String> = []
        present.reserveCapacity(records.count)
        for record in records {
            present.insert(record.uuid)
            if let entry = entries[record.uuid], !entry.isExpired, entry.domain.isDescribed,
                entry.domain.name == record.name, entry.domain.id ?? -1 == record.id
            {
                continue
            }
            wanted.append(record.uuid)
        }
        if entries.count != present.count || wanted.count > 0 {
            entries = entries.filter { present.contains($0.key) }
            // What comes next is hardly like one that has left long ago.
            if let owner = model?.uuid, entries[owner] == nil { model = nil }
        }
        return wanted
    }

    /// Takes in what was fetched. A domain whose description is as before keeps its object, so that nothing that was
    /// derived from it is made again.
    mutating func insert(_ descriptions: [String: Result<String, LibvirtError>], records: [BulkRecord]) {
        for record in records {
            guard let description = descriptions[record.uuid] else { continue }
            let id = record.id < 0 ? nil : record.id
            switch description {
            case .success(let xml):
                if let old = entries[record.uuid]?.domain, old.xml == xml, old.name == record.name, old.id == id {
                    entries[record.uuid]?.isExpired = false
                } else {
                    let model = model ?? (record.uuid, DescriptionModel(xml))
                    self.model = model
                    entries[record.uuid] = Entry(
                        domain: Domain(
                            uuid: record.uuid, name: record.name, id: id, xml: xml, like: model.description))
                }
            case .failure(let error) where error.isDomainGone:
                entries[record.uuid] = nil
            case .failure(let error):
                // What is known goes on to be used; it is asked for again in the next cycle.
                if entries[record.uuid]?.domain.isDescribed != true {
                    entries[record.uuid] = Entry(
                        domain: Domain(uuid: record.uuid, name: record.name, id: id, problem: "\(error)"))
                }
            }
        }
    }
}
