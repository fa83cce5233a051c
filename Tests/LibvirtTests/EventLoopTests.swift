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
        let (log, other) = (Log(), Log())
        let timer = loop.addTimeout(3, Self.tick, Self.held(log), Self.freed)
        var ticks = 0
        // It may wake for nothing, but not for ever.
        for _ in 0..<10 where ticks < 3 {
            loop.runOnce()
            ticks += log.take().count
        }
        #expect(ticks == 3)
        loop.updateTimeout(timer, 3_600_000)
        let short = loop.addTimeout(4, Self.tick, Self.held(other), Self.freed)
        ticks = 0
        for _ in 0..<10 where ticks < 3 {
            loop.runOnce()
            ticks += other.take().count
        }
        #expect(ticks == 3 && log.take() == [])
        #expect(loop.removeTimeout(short) == 0 && loop.removeTimeout(timer) == 0)
        loop.runOnce()
        #expect(log.take() == ["freed"] && other.take() == ["freed"])
    }

    /// What is ready, but was removed by the callback of another that was, is not called any more, and not yet freed.
    @Test func callbacksMayRemove() throws {
        /// Both handles, and the loop that they are removed from.
        final class Both: Sendable {
            let loop: EventLoop
            let ids = Mutex<[CInt]>([])
            let lines = Mutex<[String]>([])
            init(_ loop: EventLoop) { self.loop = loop }
        }
        let loop = try #require(EventLoop())
        let both = Both(loop)
        let removesAll: virEventHandleCallback = { _, _, _, context in
            guard let context else { return }
            let both = Unmanaged<Both>.fromOpaque(context).takeUnretainedValue()
            for id in both.ids.withLock({ $0 }) { #expect(both.loop.removeHandle(id) == 0) }
            both.lines.withLock { $0.append("called") }
        }
        let freed: virFreeCallback = { context in
            guard let context else { return }
            let both = Unmanaged<Both>.fromOpaque(context)
            both.takeUnretainedValue().lines.withLock { $0.append("freed") }
            both.release()
        }
        let ends = [Self.pair(), Self.pair()]
        for (here, there) in ends {
            let id = loop.addHandle(here, Self.readable, removesAll, Unmanaged.passRetained(both).toOpaque(), freed)
            both.ids.withLock { $0.append(id) }
            Self.write(to: there)
        }
        loop.runOnce()
        #expect(both.lines.withLock { $0 } == ["called", "freed", "freed"])
        for (here, there) in ends {
            close(here)
            close(there)
        }
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
        func asleep() async { while !loop.isAsleep { await Task.yield() } }
        /// Waits for a line, whatever comes before it; false if nothing comes any more.
        func comes(_ line: String) async -> Bool {
            while let lines = await happened.next() { if lines.contains(line) { return true } }
            return false
        }
        await asleep()
        let timer = loop.addTimeout(5, Self.tick, Self.held(log), Self.freed)
        #expect(await comes("tick"))
        loop.updateTimeout(timer, 3_600_000)
        await asleep()
        loop.updateTimeout(timer, 5)
        #expect(await comes("tick"))
        loop.updateTimeout(timer, -1)
        let (here, there) = Self.pair()
        await asleep()
        let id = loop.addHandle(here, Self.readable, Self.callback, Self.held(log), Self.freed)
        await asleep()
        Self.write(to: there)
        #expect(await comes("ready 1"))
        await asleep()
        #expect(loop.removeHandle(id) == 0)
        #expect(await comes("freed"))
        await asleep()
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
