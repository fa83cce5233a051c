/// The meters that have a column.
enum MemoryMeter: String, CaseIterable {
    /// What the instance has.
    case memory
    /// What the guest uses of it.
    case usage = "memory.usage"
    /// What the host's process has resident.
    case resident = "memory.resident"
}
