import CLibvirt
import Foundation
import Synchronization
import Testing

@testable import Libvirt

/// The rules of libvirt-event.h.
struct EventLoopTests {
    /// What a callback is given: what happened, for the test.
    private final class Log: Sendable {
        let lines = Mutex<[String]>([])
        func note(_ line: String) { lines.withLock { $0.append(line) } }
        func take() -> [String] {
            lines.withLock { lines in
                defer { lines = [] }; return lines
            }
        }
    }

    private static let readable = CInt(VIR_EVENT_HANDLE_READABLE.rawValue)
    private static let writable = CInt(VIR_EVENT_HANDLE_WRITABLE.rawValue)

    private static func log(_ context: UnsafeMutableRawPointer?) -> Log? {
        context.map { Unmanaged<Log>.fromOpaque($0).takeUnretainedValue() }
    }

    private static let callback: virEventHandleCallback = { _, descriptor, events, context in
        EventLoopTests.log(context)?.note("ready \(events)")
        var byte: UInt8 = 0
        if events & 1 != 0 { _ = read(descriptor, &byte, 1) }
    }
    private static let freed: virFreeCallback = { context in
        EventLoopTests.log(context)?.note("freed")
        if let context { Unmanaged<Log>.fromOpaque(context).release() }
    }
    private static let tick: virEventTimeoutCallback = { _, context in EventLoopTests.log(context)?.note("tick") }

    private static func held(_ log: Log) -> UnsafeMutableRawPointer { Unmanaged.passRetained(log).toOpaque() }

    private static func pair() -> (CInt, CInt) {
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        return (ends[0], ends[1])
    }

    private static func write(to end: CInt) {
        var byte: UInt8 = 1
        #expect(Glibc.write(end, &byte, 1) == 1)
    }

    @Test func handlesAreTakenOutAndPutBack() throws {
        let loop = try #require(EventLoop())
        let log = Log()
        let (here, there) = Self.pair()
        let id = loop.addHandle(here, Self.readable, Self.callback, Self.held(log), Self.freed)
        #expect(id > 0)
        Self.write(to: there)
        loop.runOnce()
        #expect(log.take() == ["ready 1"])
        loop.updateHandle(id, 0)
        Self.write(to: there)
        // Something else must wake it: what is taken out does not, also not when its other end is closed.
        let timer = loop.addTimeout(5, Self.tick, Self.held(log), Self.freed)
        loop.runOnce()
        #expect(log.take() == ["tick"])
        #expect(loop.removeTimeout(timer) == 0)
        loop.updateHandle(id, Self.readable | Self.writable)
        loop.runOnce()
        #expect(log.take() == ["ready 3", "freed"])
        #expect(loop.removeHandle(id) == 0)
        #expect(log.take() == [], "not freed from within")
        loop.runOnce()
        #expect(log.take() == ["freed"])
        #expect(loop.removeHandle(id) == -1)
        close(here)
        close(there)
    }

    @Test func aClosedEndIsTold() throws {
        let loop = try #require(EventLoop())
        let log = Log()
        let (here, there) = Self.pair()
        let id = loop.addHandle(here, 0, Self.callback, Self.held(log), Self.freed)
        close(there)
        let timer = loop.addTimeout(0, Self.tick, Self.held(log), Self.freed)
        loop.runOnce()
        #expect(log.take() == ["tick"])
        loop.updateTimeout(timer, -1)
        loop.updateHandle(id, Self.readable)
        loop.runOnce()
        let hangUp = CInt(VIR_EVENT_HANDLE_HANGUP.rawValue)
        #expect(log.take() == ["ready \(Self.readable | hangUp)"])
        close(here)
        // A descriptor that is closed already.
        #expect(loop.removeHandle(id) == 0 && loop.removeTimeout(timer) == 0)
        loop.runOnce()
        #expect(log.take() == ["freed", "freed"])
    }

    @Test func timersRepeatAndArePutOff() throws {
        let loop = try #require(EventLoop())
        let log = Log()
        let timer = loop.addTimeout(3, Self.tick, Self.held(log), Self.freed)
        for _ in 0..<3 { loop.runOnce() }
        #expect(log.take() == ["tick", "tick", "tick"])
        let other = loop.addTimeout(1, Self.tick, Self.held(log), nil)
        loop.updateTimeout(timer, 3_600_000)
        loop.runOnce()
        #expect(log.take() == ["tick"])
        #expect(loop.removeTimeout(other) == 0 && loop.removeTimeout(timer) == 0)
        loop.runOnce()
        #expect(log.take() == ["freed"])
    }

    /// Changes from other threads are seen at once by a loop that sleeps.
    @Test(.timeLimit(.minutes(1))) func changesWakeASleepingLoop() async throws {
        let loop = try #require(EventLoop())
        let log = Log()
        let (lines, note) = AsyncStream<[String]>.makeStream()
        let thread = Thread {
            while !Thread.current.isCancelled {
                loop.runOnce()
                note.yield(log.take())
            }
            note.finish()
        }
        thread.start()
        var happened = lines.makeAsyncIterator()
        func next() async -> [String] {
            while let lines = await happened.next() { if !lines.isEmpty { return lines } }
            return []
        }
        let timer = loop.addTimeout(3_600_000, Self.tick, Self.held(log), Self.freed)
        loop.updateTimeout(timer, 0)
        #expect(await next().first == "tick")
        loop.updateTimeout(timer, -1)
        let (here, there) = Self.pair()
        let id = loop.addHandle(here, Self.readable, Self.callback, Self.held(log), Self.freed)
        Self.write(to: there)
        var found: [String] = []
        while !found.contains("ready 1") { found += await next() }
        #expect(loop.removeHandle(id) == 0)
        found = []
        while !found.contains("freed") { found += await next() }
        thread.cancel()
        #expect(loop.removeTimeout(timer) == 0)
        while await happened.next() != nil {}
        close(here)
        close(there)
    }

    @Test func aDescriptorThatIsNone() throws {
        let loop = try #require(EventLoop())
        #expect(loop.addHandle(-1, Self.readable, Self.callback, nil, nil) == -1)
        loop.updateHandle(77, Self.readable)
        loop.updateTimeout(77, 1)
        #expect(loop.removeTimeout(77) == -1)
    }
}
