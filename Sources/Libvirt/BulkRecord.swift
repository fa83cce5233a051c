import CLibvirt
import Hypervisor

/// A domain in a bulk call's answer.
struct BulkRecord: Sendable {
    let uuid: String
    let name: String
    /// -1 if it does not run.
    let id: Int
    var stats: DomainStats

    init(uuid: String, name: String, id: Int, stats: DomainStats) {
        self.uuid = uuid
        self.name = name
        self.id = id
        self.stats = stats
    }

    init(_ record: virDomainStatsRecordPtr) {
        (uuid, name, id) = record.identity
        var stats = DomainStats()
        record.forEachParameter { stats.set($0, $1) }
        self.stats = stats
    }
}

extension BulkRecord {
    /// Whether libvirt left out what it would have had to wait for: a running guest has a resident set size and, if
    /// they were asked for, virtual CPUs.
    func isBusy(asked groups: StatisticsGroups) -> Bool {
        guard id >= 0 else { return false }
        if groups.contains(.balloon) { return stats.balloon.resident == nil }
        if groups.contains(.vcpu) { return stats.vcpuCurrent == nil }
        return false
    }
}

/// A domain in a bulk call's answer, with the parameters as libvirt named them.
struct RawRecord: Sendable {
    let uuid: String
    let name: String
    let id: Int
    var stats: [String: StatisticValue]

    init(uuid: String, name: String, id: Int, stats: [String: StatisticValue]) {
        self.uuid = uuid
        self.name = name
        self.id = id
        self.stats = stats
    }

    init(_ record: virDomainStatsRecordPtr) {
        (uuid, name, id) = record.identity
        var stats: [String: StatisticValue] = [:]
        record.forEachParameter { stats[String(decoding: $0, as: UTF8.self)] = $1 }
        self.stats = stats
    }
}

extension virDomainPtr {
    /// Lower case, with hyphens. `nil` never happens for a domain that libvirt gave us.
    var uuidString: String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(VIR_UUID_STRING_BUFLEN)) { buffer in
            guard let base = buffer.baseAddress, virDomainGetUUIDString(self, base) == 0 else { return nil }
            return String(cString: base)
        }
    }
}

extension virDomainStatsRecordPtr {
    fileprivate var identity: (String, String, Int) {
        guard let domain = pointee.dom else { return ("", "", -1) }
        let id = virDomainGetID(domain)
        return (
            domain.uuidString ?? "", virDomainGetName(domain).map { String(cString: $0) } ?? "",
            id == UInt32.max ? -1 : Int(id)
        )
    }

    fileprivate func forEachParameter(_ body: (UnsafeBufferPointer<UInt8>, StatisticValue) -> Void) {
        for parameter in UnsafeMutableBufferPointer(start: pointee.params, count: Int(pointee.nparams)) {
            guard let value = StatisticValue(parameter) else { continue }
            withUnsafeBytes(of: parameter.field) { field in
                let length = field.firstIndex(of: 0) ?? field.count
                field.prefix(length).withMemoryRebound(to: UInt8.self) { body($0, value) }
            }
        }
    }
}

extension StatisticValue {
    fileprivate init?(_ parameter: virTypedParameter) {
        switch UInt32(bitPattern: parameter.type) {
        case VIR_TYPED_PARAM_INT.rawValue: self = .integer(Int128(parameter.value.i))
        case VIR_TYPED_PARAM_UINT.rawValue: self = .integer(Int128(parameter.value.ui))
        case VIR_TYPED_PARAM_LLONG.rawValue: self = .integer(Int128(parameter.value.l))
        case VIR_TYPED_PARAM_ULLONG.rawValue: self = .integer(Int128(parameter.value.ul))
        case VIR_TYPED_PARAM_DOUBLE.rawValue: self = .real(parameter.value.d)
        case VIR_TYPED_PARAM_BOOLEAN.rawValue: self = .bool(parameter.value.b != 0)
        case VIR_TYPED_PARAM_STRING.rawValue:
            guard let text = parameter.value.s else { return nil }
            self = .string(String(cString: text))
        default: return nil
        }
    }
}
