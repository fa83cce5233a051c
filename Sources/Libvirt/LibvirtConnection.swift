import CLibvirt
import Glibc
import Hypervisor
import Synchronization
import Telemetry
import Threads

/// An open read-only connection. Its blocking methods are called on a lane, one at a time.
///
/// `@unchecked Sendable`: the C handle is immutable after opening, libvirt's connection objects may be used from any
/// thread (libvirt API concepts, "thread safety"), and it is released only in `deinit`, when nobody has it any more.
final class LibvirtConnection: HostCalls, @unchecked Sendable {
    private let handle: virConnectPtr
    /// The events that were subscribed to: each holds the handle open until it is cancelled.
    private let subscriptions = Mutex<[Int32]>([])
    /// What events tell of this connection's domains.
    let changes: DomainChanges

    private init(handle: virConnectPtr, changes: DomainChanges) {
        self.handle = handle
        self.changes = changes
    }

    deinit {
        let ending = EndingConnection(handle: handle, subscriptions: subscriptions.withLock { $0 })
        // Calls to the daemon, too, and whoever let go of this object last may be unable to wait. On a daemon that does
        // not answer they end with the keep-alive.
        guard Leave.ofThisProcess.beginClosing() else { return }
        startOccasionalThread(named: "libvirt-close") {
            ending.close()
            Leave.ofThisProcess.endClosing()
        }
    }

    /// Opens a connection and subscribes to events. Blocks; a hung daemon blocks it for ever.
    static func open(uri: String) -> Result<any HostCalls, LibvirtError> {
        do {
            try LibvirtLibrary.start()
        } catch {
            return .failure(error)
        }
        guard let handle = virConnectOpenReadOnly(uri) else { return .failure(.last(call: "virConnectOpenReadOnly")) }
        let connection = LibvirtConnection(handle: handle, changes: DomainChanges())
        connection.keepAlive()
        guard Leave.ofThisProcess.beginChanges() else {
            return .failure(
                LibvirtError(
                    call: "virConnectDomainEventRegisterAny", domain: nil, code: 0, origin: 0,
                    message: "the process is ending"))
        }
        defer { Leave.ofThisProcess.endChanges() }
        if let error = connection.subscribe() { return .failure(error) }
        return .success(connection)
    }

    /// With keep-alive, calls that were left behind on a stopped daemon end after `interval` × (`count` + 1) seconds.
    private func keepAlive() {
        // -1: the driver has no such thing, as with test:///; calls end by themselves there.
        _ = virConnectSetKeepAlive(handle, 5, 2)
    }

    func stats(_ groups: StatisticsGroups) -> Result<[BulkRecord], LibvirtError> {
        bulk(groups).map { $0.map(BulkRecord.init) }
    }

    func stats(_ groups: StatisticsGroups, of uuids: [String]) -> Result<[BulkRecord], LibvirtError> {
        bulk(groups, of: uuids).map { $0.map(BulkRecord.init) }
    }

    func rawStats(_ groups: StatisticsGroups) -> Result<[RawRecord], LibvirtError> {
        bulk(groups).map { $0.map(RawRecord.init) }
    }

    func rawStats(_ groups: StatisticsGroups, of uuids: [String]) -> Result<[RawRecord], LibvirtError> {
        bulk(groups, of: uuids).map { $0.map(RawRecord.init) }
    }

    /// The records of a bulk call. Their memory is freed with this object.
    private struct Records {
        private final class Memory {
            let records: UnsafeMutablePointer<virDomainStatsRecordPtr?>

            init(_ records: UnsafeMutablePointer<virDomainStatsRecordPtr?>) { self.records = records }

            deinit { virDomainStatsRecordListFree(records) }
        }

        private let memory: Memory
        private let count: Int

        init(_ records: UnsafeMutablePointer<virDomainStatsRecordPtr?>, count: Int32) {
            memory = Memory(records)
            self.count = Int(count)
        }

        func map<Record>(_ body: (virDomainStatsRecordPtr) -> Record) -> [Record] {
            withExtendedLifetime(memory) {
                UnsafeBufferPointer(start: memory.records, count: count).compactMap { $0.map(body) }
            }
        }
    }

    /// `NOWAIT` always: without it a single hung guest costs 30 s.
    private static let flags = UInt32(VIR_CONNECT_GET_ALL_DOMAINS_STATS_NOWAIT.rawValue)

    private func bulk(_ groups: StatisticsGroups) -> Result<Records, LibvirtError> {
        var records: UnsafeMutablePointer<virDomainStatsRecordPtr?>?
        let count = virConnectGetAllDomainStats(handle, groups.libvirt, &records, Self.flags)
        guard count >= 0, let records else { return .failure(.last(call: "virConnectGetAllDomainStats")) }
        return .success(Records(records, count: count))
    }

    /// The statistics of some domains: a call for each of them and one for all.
    private func bulk(_ groups: StatisticsGroups, of uuids: [String]) -> Result<Records, LibvirtError> {
        var domains: [virDomainPtr?] = uuids.compactMap { virDomainLookupByUUIDString(handle, $0) }
        defer { for case let domain? in domains { virDomainFree(domain) } }
        guard !domains.isEmpty else { return .failure(.last(call: "virDomainLookupByUUIDString")) }
        domains.append(nil)
        var records: UnsafeMutablePointer<virDomainStatsRecordPtr?>?
        let count = virDomainListGetStats(&domains, groups.libvirt, &records, Self.flags)
        guard count >= 0, let records else {
            return .failure(.last(call: "virDomainListGetStats", domain: uuids.count == 1 ? uuids.first : nil))
        }
        return .success(Records(records, count: count))
    }

    func description(of uuid: String) -> Result<String, LibvirtError> {
        guard let domain = virDomainLookupByUUIDString(handle, uuid) else {
            return .failure(.last(call: "virDomainLookupByUUIDString", domain: uuid))
        }
        defer { virDomainFree(domain) }
        guard let text = virDomainGetXMLDesc(domain, 0) else {
            return .failure(.last(call: "virDomainGetXMLDesc", domain: uuid))
        }
        defer { free(text) }
        return .success(String(cString: text))
    }

    func blockInfo(of uuid: String, devices: [String]) -> [String: DomainStats.BlockInfo] {
        guard let domain = virDomainLookupByUUIDString(handle, uuid) else { return [:] }
        defer { virDomainFree(domain) }
        var result: [String: DomainStats.BlockInfo] = [:]
        for device in devices {
            var info = virDomainBlockInfo()
            guard virDomainGetBlockInfo(domain, device, &info, 0) == 0 else { continue }
            result[device] = DomainStats.BlockInfo(
                capacity: Int128(info.capacity), allocation: Int128(info.allocation), physical: Int128(info.physical))
        }
        return result
    }

    func occupations(of uuids: [String]?) -> [OccupiedGuest] {
        var result: [OccupiedGuest] = []
        forEach(uuids) { domain in
            var info = virDomainControlInfo()
            // A domain that has just ended is not occupied.
            guard virDomainGetControlInfo(domain, &info, 0) == 0, info.state == VIR_DOMAIN_CONTROL_OCCUPIED.rawValue,
                let uuid = domain.uuidString
            else { return }
            result.append(
                OccupiedGuest(
                    uuid: uuid, name: virDomainGetName(domain).map { String(cString: $0) } ?? "",
                    duration: .milliseconds(Int64(clamping: info.stateTime))))
        }
        return result
    }

    private func forEach(_ uuids: [String]?, _ body: (virDomainPtr) -> Void) {
        if let uuids {
            for uuid in uuids {
                guard let domain = virDomainLookupByUUIDString(handle, uuid) else { continue }
                body(domain)
                virDomainFree(domain)
            }
            return
        }
        var domains: UnsafeMutablePointer<virDomainPtr?>?
        let count = virConnectListAllDomains(handle, &domains, UInt32(VIR_CONNECT_LIST_DOMAINS_ACTIVE.rawValue))
        guard count >= 0, let domains else { return }
        for domain in UnsafeBufferPointer(start: domains, count: Int(count)) {
            guard let domain else { continue }
            body(domain)
            virDomainFree(domain)
        }
        free(domains)
    }

    /// The host's name as libvirt has it.
    func hostName() -> Result<String, LibvirtError> {
        guard let name = virConnectGetHostname(handle) else { return .failure(.last(call: "virConnectGetHostname")) }
        defer { free(name) }
        return .success(String(cString: name))
    }
}

extension LibvirtConnection {
    /// Subscribes to all that can make a description wrong. The event thread keeps its own hold on `changes`.
    private func subscribe() -> LibvirtError? {
        let release: virFreeCallback = { opaque in
            if let opaque { Unmanaged<DomainChanges>.fromOpaque(opaque).release() }
        }
        func hold() -> UnsafeMutableRawPointer { Unmanaged.passRetained(changes).toOpaque() }

        let lifecycle: virConnectDomainEventCallback = { _, domain, _, _, opaque in
            DomainChanges.note(domain, opaque)
            return 0
        }
        let device: virConnectDomainEventDeviceAddedCallback = { _, domain, _, opaque in
            DomainChanges.note(domain, opaque)
        }
        let metadata: virConnectDomainEventMetadataChangeCallback = { _, domain, _, _, opaque in
            DomainChanges.note(domain, opaque)
        }
        let subscriptions: [(virDomainEventID, virConnectDomainEventGenericCallback?)] = [
            (VIR_DOMAIN_EVENT_ID_LIFECYCLE, unsafeBitCast(lifecycle, to: virConnectDomainEventGenericCallback.self)),
            (VIR_DOMAIN_EVENT_ID_DEVICE_ADDED, unsafeBitCast(device, to: virConnectDomainEventGenericCallback.self)),
            (VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED, unsafeBitCast(device, to: virConnectDomainEventGenericCallback.self)),
            (
                VIR_DOMAIN_EVENT_ID_METADATA_CHANGE,
                unsafeBitCast(metadata, to: virConnectDomainEventGenericCallback.self)
            ),
        ]
        for (event, callback) in subscriptions {
            let opaque = hold()
            let id = virConnectDomainEventRegisterAny(
                handle, nil, Int32(event.rawValue), callback, opaque, release)
            if id < 0 {
                release(opaque)
                let error = LibvirtError.last(call: "virConnectDomainEventRegisterAny")
                // A driver without an event is served by the resync alone.
                if error.code != Int32(VIR_ERR_NO_SUPPORT.rawValue) { return error }
            } else {
                self.subscriptions.withLock { $0.append(id) }
            }
        }
        let opaque = hold()
        if virConnectRegisterCloseCallback(handle, EndingConnection.closed, opaque, release) < 0 {
            release(opaque)
            let error = LibvirtError.last(call: "virConnectRegisterCloseCallback")
            if error.code != Int32(VIR_ERR_NO_SUPPORT.rawValue) { return error }
        }
        return nil
    }
}

extension DomainChanges {
    fileprivate static func note(_ domain: virDomainPtr?, _ opaque: UnsafeMutableRawPointer?) {
        guard let domain, let opaque, let uuid = domain.uuidString else { return }
        Unmanaged<DomainChanges>.fromOpaque(opaque).takeUnretainedValue().insert(uuid)
    }
}

extension StatisticsGroups {
    /// `virDomainStatsTypes`.
    fileprivate var libvirt: UInt32 {
        let pairs: [(StatisticsGroups, virDomainStatsTypes)] = [
            (.state, VIR_DOMAIN_STATS_STATE), (.cpu, VIR_DOMAIN_STATS_CPU_TOTAL),
            (.balloon, VIR_DOMAIN_STATS_BALLOON), (.vcpu, VIR_DOMAIN_STATS_VCPU),
            (.interface, VIR_DOMAIN_STATS_INTERFACE), (.block, VIR_DOMAIN_STATS_BLOCK),
            (.perf, VIR_DOMAIN_STATS_PERF),
        ]
        return pairs.reduce(0) { contains($1.0) ? $0 | UInt32($1.1.rawValue) : $0 }
    }
}
