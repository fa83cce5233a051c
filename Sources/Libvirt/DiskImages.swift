import Hypervisor

/// What virDomainGetBlockInfo told of the disks' images, and of which images it must be asked.
///
/// The length of an image's file is asked for once: when the image is new or another one, and in a slow listing. A snapshot, a
/// commit, another medium or a new size show in the bulk call as another path, another capacity or a smaller highest offset.
struct DiskImages {
    /// By UUID; a domain has few disks.
    private var domains: [String: Guest] = [:]
    private let listingInterval: Duration

    fileprivate struct Guest {
        /// libvirt's id of the domain: the QEMU process.
        var id: Int
        var images: [Image] = []
    }

    fileprivate struct Image {
        var device: String
        var path: String?
        var capacity: Int128?
        /// The highest offset written.
        var written: Int128?
        /// `nil` if libvirt refused, or has not answered.
        var info: DomainStats.BlockInfo?
        var asked: ContinuousClock.Instant?

        func isOf(_ block: DomainStats.Block) -> Bool {
            path == block.path && capacity == block.capacity && (block.allocation ?? 0) >= (written ?? 0)
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

    /// Forgets what is gone, and tells which domains have another image than before, one more or one less: their descriptions
    /// are out of date.
    mutating func update(_ records: [BulkRecord]) -> Set<String> {
        var changed: Set<String> = []
        var running = 0
        for record in records {
            // Of a guest that does not run, the bulk call tells all.
            guard record.id >= 0 else { continue }
            running += 1
            // A guest that does not answer has no figures, and its images are none other for that.
            guard record.stats.blocks.contains(where: { $0.capacity != nil }) else { continue }
            if domains[record.uuid]?.id != record.id { domains[record.uuid] = Guest(id: record.id) }
            if domains[record.uuid]?.update(record.stats.blocks) == true { changed.insert(record.uuid) }
        }
        if domains.count > running {
            let present = Set(records.lazy.filter { $0.id >= 0 }.map(\.uuid))
            domains = domains.filter { present.contains($0.key) }
        }
        return changed
    }

    /// The images that nobody has asked about.
    var unknown: [Question] {
        questions { $0.asked == nil }
    }

    /// The images whose answers are old, the oldest first: a poll may have no time for all of them.
    func due(_ now: ContinuousClock.Instant) -> [Question] {
        let questions = questions { $0.asked.map { now - $0 >= listingInterval } ?? false }
        guard questions.count > 1 else { return questions }
        let ages = questions.map { question in
            (question, domains[question.uuid]?.images.lazy.compactMap(\.asked).min() ?? now)
        }
        return ages.sorted { ($0.1, $0.0.uuid) < ($1.1, $1.0.uuid) }.map(\.0)
    }

    private func questions(_ isWanted: (Image) -> Bool) -> [Question] {
        var questions: [Question] = []
        for (uuid, guest) in domains where guest.images.contains(where: isWanted) {
            questions.append(Question(uuid: uuid, devices: guest.images.filter(isWanted).map(\.device)))
        }
        return questions.sorted { $0.uuid < $1.uuid }
    }

    /// Takes in an answer; a disk that is not in it was refused, and keeps what is known of it.
    mutating func insert(
        _ answer: [String: DomainStats.BlockInfo], to question: Question, at now: ContinuousClock.Instant
    ) {
        change(question) { image in
            image.asked = now
            if let info = answer[image.device] { image.info = info }
        }
    }

    /// Notes that a question has not been answered: it is not asked again in the slow listing's interval.
    mutating func postpone(_ question: Question, at now: ContinuousClock.Instant) {
        change(question) { $0.asked = now }
    }

    /// Lets a question be asked again that was answered too late.
    mutating func allow(_ question: Question) {
        change(question) { if $0.info == nil { $0.asked = nil } }
    }

    private mutating func change(_ question: Question, _ body: (inout Image) -> Void) {
        guard let count = domains[question.uuid]?.images.count else { return }
        for place in 0..<count {
            guard let device = domains[question.uuid]?.images[place].device, question.devices.contains(device) else {
                continue
            }
            if var image = domains[question.uuid]?.images[place] {
                body(&image)
                domains[question.uuid]?.images[place] = image
            }
        }
    }

    /// Adds what is known of the images to a domain's statistics.
    func complete(_ record: inout BulkRecord) {
        guard record.id >= 0, let guest = domains[record.uuid] else { return }
        for place in record.stats.blocks.indices {
            let device = record.stats.blocks[place].name
            record.stats.blocks[place].earlierInfo = guest.images.first { $0.device == device }?.info
        }
    }
}

extension DiskImages.Guest {
    /// Takes in the figures of a poll; whether an image is another one, or a disk has come or gone.
    fileprivate mutating func update(_ blocks: [DomainStats.Block]) -> Bool {
        let isFirst = images.isEmpty
        var isChanged = false
        var count = 0
        for block in blocks where block.capacity != nil {
            guard let device = block.name else { continue }
            count += 1
            let place = images.firstIndex { $0.device == device }
            if let place, images[place].isOf(block) {
                images[place].written = block.allocation
                continue
            }
            isChanged = true
            let image = DiskImages.Image(
                device: device, path: block.path, capacity: block.capacity, written: block.allocation)
            if let place { images[place] = image } else { images.append(image) }
        }
        if images.count > count {
            isChanged = true
            images.removeAll { image in !blocks.contains { $0.name == image.device && $0.capacity != nil } }
        }
        return isChanged && !isFirst
    }
}
