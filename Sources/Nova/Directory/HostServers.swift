import Keystone
import Telemetry

/// The servers of one host, as Nova lists them.
actor HostServers {
    private let context: DirectoryContext
    private let fetch: ListingFetch
    private var plan: ListingPlan
    private var hosted = HostListing()
    private var unlisted = UnlistedDomains()
    private var seen: Set<String>?
    private var backoff = ServiceBackoff()
    private var imageBackoff = ServiceBackoff()
    private var job: Task<Void, Never>?
    private var isStopped = false
    /// A domain has appeared while a listing was under way, which may be too old for it.
    private var listsAgain = false
    private var listing: NovaKnowledge.Listing?
    private var revision = 0

    init(_ context: DirectoryContext, host: String) {
        self.context = context
        fetch = ListingFetch(nova: context.nova, images: context.images, gate: context.gate, host: host)
        plan = ListingPlan(
            updateInterval: context.settings.updateInterval, cacheExpiry: context.settings.cacheExpiry)
    }

    /// What is known, and a number that changes with the servers only.
    var known: (listing: NovaKnowledge.Listing?, revision: Int) { (listing, revision) }

    /// The listing is wanted, and has not those domains. Begins one if it is due. Returns what to wait for at the first
    /// call, and if one of the domains is new.
    func want(unlisted domains: Set<String>) -> Task<Void, Never>? {
        guard !isStopped else { return nil }
        let isFirst = seen == nil
        let hasNew = !domains.subtracting(seen ?? []).isEmpty
        seen = domains
        let isEarly = unlisted.note(domains, at: context.now())
        if job != nil {
            listsAgain = listsAgain || hasNew
        } else if backoff.standing(at: context.now()) == nil,
            let request = plan.due(at: context.now(), early: isEarly)
        {
            job = Task {
                await list(request)
                job = nil
            }
        }
        return isFirst || hasNew ? job : nil
    }

    /// Cancels what is under way and waits for its end.
    func stop() async {
        isStopped = true
        job?.cancel()
        await job?.value
    }

    private func list(_ first: ListingPlan.Request) async {
        var next: ListingPlan.Request? = first
        while let request = next {
            listsAgain = false
            let start = context.now()
            let began = context.wallClock()
            do throws(KeystoneError) {
                let answer = try await fetch.answer(
                    request, knownFlavors: hosted.knownFlavors, missingImages: hosted.missingImages,
                    asksForImages: imageBackoff.standing(at: start) == nil)
                apply(answer, request, start: start, began: began)
                next = listsAgain && !isStopped && !Task.isCancelled ? plan.next(at: context.now()) : nil
            } catch {
                context.failed(error, .listing, &backoff)
                next = nil
            }
        }
    }

    private func apply(
        _ answer: ListingFetch.Answer, _ request: ListingPlan.Request, start: Duration, began: Timestamp
    ) {
        plan.done(request, start: start, began: began, serviceTime: answer.list.serviceTime, waited: answer.waited)
        unlisted.listed(start: start, at: context.now())
        let before = hosted.servers
        hosted.apply(
            answer.list.servers, isFull: request == .full, flavors: answer.flavors, images: answer.images)
        if listing == nil || hosted.servers != before { revision += 1 }
        listing = NovaKnowledge.Listing(servers: hosted.servers, startedAt: began)
        backoff.succeed()
        context.report(ServiceCondition(.listing, nil))
        tell(answer, isFull: request == .full)
    }

    private func tell(_ answer: ListingFetch.Answer, isFull: Bool) {
        // What a list of changes does not have may be malformed as before.
        if answer.list.malformedCount > 0 || isFull {
            context.report(ServiceCondition(.malformed, answer.list.problem))
        }
        if let error = answer.flavorError {
            context.report(ServiceCondition(.flavors, "\(error)"))
        } else if !answer.flavors.isEmpty {
            context.report(ServiceCondition(.flavors, nil))
        }
        if let error = answer.imageError {
            context.failed(error, .images, &imageBackoff)
        } else if !answer.images.isEmpty {
            imageBackoff.succeed()
            context.report(ServiceCondition(.images, nil))
        }
    }
}

extension ServerList {
    /// What is wrong with servers that cannot be read; `nil` if all can.
    fileprivate var problem: String? {
        guard malformedCount > 0 else { return nil }
        let count = malformedCount == 1 ? "a server" : "\(malformedCount) servers"
        return "\(count) of Nova's list cannot be read and are left out: \(malformed.joined(separator: "; "))"
    }
}
