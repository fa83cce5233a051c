import CLibvirt

/// A connection that nobody needs any more.
///
/// `@unchecked Sendable`: the C handle may be used from any thread, and nobody else has it.
struct EndingConnection: @unchecked Sendable {
    let handle: virConnectPtr
    /// The ids of the events that were subscribed to.
    let subscriptions: [Int32]

    /// Closes it. Blocks. Each subscription and the close callback hold the handle: without their end the socket would
    /// stay open for ever. If the process ends meanwhile, it is left to that.
    func close() {
        // Whether the daemon answers at all. Ending upon this question is less harm than upon a change.
        var version: UInt = 0
        _ = virConnectGetLibVersion(handle, &version)
        guard Leave.ofThisProcess.beginChanges() else { return }
        for id in subscriptions { _ = virConnectDomainEventDeregisterAny(handle, id) }
        // Fails where the driver has no such thing.
        _ = virConnectUnregisterCloseCallback(handle, Self.closed)
        virConnectClose(handle)
        Leave.ofThisProcess.endChanges()
    }

    /// Is told when the connection breaks; one and the same for all, as it takes its end by its address.
    ///
    /// `nonisolated(unsafe)`: a constant C function without captures, whose imported type cannot say that it is `Sendable`.
    nonisolated(unsafe) static let closed: virConnectCloseFunc = { _, reason, opaque in
        guard let opaque else { return }
        let words =
            switch UInt32(bitPattern: reason) {
            case VIR_CONNECT_CLOSE_REASON_EOF.rawValue: "libvirtd closed the connection"
            case VIR_CONNECT_CLOSE_REASON_KEEPALIVE.rawValue: "libvirtd stopped answering keep-alive"
            case VIR_CONNECT_CLOSE_REASON_CLIENT.rawValue: "the connection was closed on this side"
            default: "the connection to libvirtd broke"
            }
        Unmanaged<DomainChanges>.fromOpaque(opaque).takeUnretainedValue().close(reason: words)
    }
}
