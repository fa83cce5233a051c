import Hypervisor

/// What virDomainGetBlockInfo told of the disks' images, and of which images it must be asked.
///
/// The length of an image's file is asked for once: when the image is new or another one, and in a slow listing. A snapshot, a
/// commit, another medium or a new size show in the bulk call as another path, another capacity or a smaller highest offset.
struct DiskImages {
    private var domains: [String: [String: Entry]] = [:]
    private let listingInterval: Duration

    private struct Entry {
        /// libvirt's id of the domain: the QEMU process.
        var id: Int
        var path: String?
        var capacity: Int128?
        /// The highest offset written.
        var written: Int128?
        /// `nil` if libvirt refused, or has not answered.
        var info: DomainStats.BlockInfo?
        var asked: ContinuousClock.Instant?

        func isOf(_ block: DomainStats.Block, _ record: BulkRecord) -> Bool {
            id == record.id && path == block.path && capacity == block.capacity
                && (block.allocation ?? 0) >= (written ?? 0)
        }
    }

    /// A domain with the disks of which virDomainGetBlockInfo is to be asked.
    struct Question: Hashable, Sendable {
        let uuid: String
        let devices: [String]
    }

    /// Images whose answers are older than `listingInterval` are asked about again.
    init(listingInterval: Duration) {
        self.listingInterval = listingInterval
    }

    /// Forgets what is gone, and tells which domains have another image than before: their descriptions are out of date.
    mutating func update(_ records: [BulkRecord]) -> Set<String> {
        var changed: Set<String> = []
        var present: Set<String> = []
        for record in records {
            present.insert(record.uuid)
            // A guest that does not answer has no figures, and those of one that does not run need nothing.
            let blocks = record.stats.blocks.filter { $0.capacity != nil }
            guard record.id >= 0 else {
                domains[record.uuid] = nil
                continue
            }
            guard !blocks.isEmpty else { continue }
            var known = domains[record.uuid] ?? [:]
            let devices = Set(blocks.compactMap(\.name))
            if known.count > devices.count { known = known.filter { devices.contains($0.key) } }
            for block in blocks {
                guard let device = block.name else { continue }
                if known[device]?.isOf(block, record) == true {
                    known[device]?.written = block.allocation
                } else {
                    if let old = known[device], old.id == record.id { changed.insert(record.uuid) }
                    known[device] = Entry(
                        id: record.id, path: block.path, capacity: block.capacity, written: block.allocation)
                }
            }
            domains[record.uuid] = known
        }
        if domains.count > present.count { domains = domains.filter { present.contains($0.key) } }
        return changed
    }

    /// The images that nobody has asked about.
    var unknown: [Question] {
        questions { $0.asked == nil }
    }

    /// The images whose answers are old.
    func due(_ now: ContinuousClock.Instant) -> [Question] {
        questions { $0.asked.map { now - $0 >= listingInterval } ?? false }
    }

    private func questions(_ isWanted: (Entry) -> Bool) -> [Question] {
        domains.compactMap { uuid, disks in
            let devices = disks.filter { isWanted($0.value) }.keys.sorted()
            return devices.isEmpty ? nil : Question(uuid: uuid, devices: devices)
        }.sorted { $0.uuid < $1.uuid }
    }

    /// Takes in an answer; a disk that is not in it was refused, and keeps what is known of it.
    mutating func insert(
        _ answer: [String: DomainStats.BlockInfo], to question: Question, at now: ContinuousClock.Instant
    ) {
        for device in question.devices {
            domains[question.uuid]?[device]?.asked = now
            if let info = answer[device] { domains[question.uuid]?[device]?.info = info }
        }
    }

    /// Notes that a question has not been answered: it is not asked again in the slow listing's interval.
    mutating func postpone(_ question: Question, at now: ContinuousClock.Instant) {
        insert([:], to: question, at: now)
    }

    /// Lets a question be asked again that was answered too late.
    mutating func allow(_ question: Question) {
        for device in question.devices where domains[question.uuid]?[device]?.info == nil {
            domains[question.uuid]?[device]?.asked = nil
        }
    }

    /// Adds what is known of the images to a domain's statistics.
    func complete(_ record: inout BulkRecord) {
        guard let known = domains[record.uuid], record.id >= 0 else { return }
        for place in record.stats.blocks.indices {
            guard let device = record.stats.blocks[place].name else { continue }
            record.stats.blocks[place].earlierInfo = known[device]?.info
        }
    }
}
