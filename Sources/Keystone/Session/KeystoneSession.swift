public import Transfer

/// Our session with a cloud: the token and the catalogue, and requests to the services with them.
///
/// A token is renewed in the background before it ends, and once for a request that a service answers with 401; whoever
/// needs one meanwhile waits for the same renewal. While Keystone fails, its last error is the answer to everything that
/// needs a new token, until it may be tried again.
public actor KeystoneSession {
    private let credentials: KeystoneCredentials
    private let transfer: Transfer
    private let userAgent: String
    private let now: @Sendable () -> Duration
    private var token: Token?
    private var renewal: Task<Result<Token, KeystoneError>, Never>?
    private var backoff = ServiceBackoff()
    private var refusals = TokenRefusals()
    /// How many tokens were fetched, or tried to be.
    private(set) var renewals = 0

    /// After this time a catalogue is fetched anew for a service that it does not have.
    static let catalogueAge = Duration.seconds(300)

    /// A session that has no token yet. `now` is the time since any fixed moment and never goes back.
    public init(
        _ credentials: KeystoneCredentials, transfer: Transfer, userAgent: String,
        now: @escaping @Sendable () -> Duration
    ) {
        self.credentials = credentials
        self.transfer = transfer
        self.userAgent = userAgent
        self.now = now
    }

    /// The service's answer, whatever its status but for 401: then a new token is fetched, and the request repeated
    /// once. Redirects are answers like any other.
    ///
    /// Throws if no token can be had, if the catalogue has no such service, if there is no answer or one larger than the
    /// request allows, and `tokenRefused` if the service refuses a new token too.
    public func response(to request: ServiceRequest) async throws(KeystoneError) -> TransferResponse {
        let first = try await currentToken()
        let place = try await endpoint(of: request.service, first)
        let answer = try await answer(to: request, at: place.url, place.token)
        guard answer.status == 401 else {
            refusals.forget(request.service.type)
            return answer
        }
        guard refusals.areWorthAToken(of: request.service.type, at: now()) else {
            throw refused(request, at: place.url, answer)
        }
        discard(place.token)
        let second = try await currentToken()
        let repeated = try await self.answer(to: request, at: place.url, second)
        guard repeated.status != 401 else {
            refusals.note(request.service.type, at: now())
            throw refused(request, at: place.url, repeated)
        }
        return repeated
    }

    /// Whom Keystone takes us for. Throws if no token can be had.
    public func identity() async throws(KeystoneError) -> KeystoneIdentity {
        try await currentToken().identity
    }

    /// Where a service is, without a slash at its end. Throws `noEndpoint` if the catalogue does not have it, and if no
    /// token can be had.
    public func endpoint(of service: ServiceRequest.Service) async throws(KeystoneError) -> String {
        try await endpoint(of: service, currentToken()).url
    }

    /// Gives up the renewal that is under way, if one is: whoever waits for it gets an error at once.
    public func stop() {
        renewal?.cancel()
    }

    // MARK: Tokens

    /// A token that is good, fetched if there is none.
    func currentToken() async throws(KeystoneError) -> Token {
        let moment = now()
        if let token, moment < token.life.end {
            if moment >= token.life.renewal, renewal == nil, backoff.standing(at: moment) == nil { _ = renew() }
            return token
        }
        if renewal == nil, let error = backoff.standing(at: moment) { throw error }
        return try await renew().value.get()
    }

    /// The renewal that is under way, or a new one.
    private func renew() -> Task<Result<Token, KeystoneError>, Never> {
        if let renewal { return renewal }
        renewals += 1
        let request = TokenRequest(credentials: credentials, userAgent: userAgent)
        let task = Task { () -> Result<Token, KeystoneError> in
            let start = now()
            let result: Result<Token, KeystoneError>
            do throws(TransferError) {
                let response = try await transfer.perform(request.request)
                result = Result { () throws(KeystoneError) in try request.token(response, start: start) }
            } catch {
                result = .failure(KeystoneError(error))
            }
            finish(result)
            return result
        }
        renewal = task
        return task
    }

    private func finish(_ result: Result<Token, KeystoneError>) {
        renewal = nil
        switch result {
        case .success(let token):
            self.token = token
            backoff.succeed()
        case .failure(let error):
            backoff.fail(error, at: now(), fraction: .random(in: 0..<1))
        }
    }

    /// Gives up a token, unless there is another one already.
    private func discard(_ spent: Token) {
        if token?.value == spent.value { token = nil }
    }

    // MARK: Services

    private func endpoint(
        of service: ServiceRequest.Service, _ token: Token
    ) async throws(KeystoneError) -> (url: String, token: Token) {
        if let url = url(of: service, token) { return (url, token) }
        guard now() - token.start >= Self.catalogueAge else { throw missing(service, token) }
        discard(token)
        let newer = try await currentToken()
        guard let url = url(of: service, newer) else { throw missing(service, newer) }
        return (url, newer)
    }

    private func url(of service: ServiceRequest.Service, _ token: Token) -> String? {
        let found = token.catalogue.url(of: service, credentials.interface, region: credentials.regionName)
        // Keystone is where we found it, whatever the catalogue says.
        return found ?? (service.type == "identity" ? credentials.identityURL : nil)
    }

    private func missing(_ service: ServiceRequest.Service, _ token: Token) -> KeystoneError {
        let region = credentials.regionName.map { " in region \($0)" } ?? ""
        return KeystoneError(
            .noEndpoint, url: credentials.identityURL,
            detail: "expected a \(credentials.interface.rawValue) endpoint of type \(service.type)\(region); "
                + token.catalogue.alternatives(to: service),
            advice: "check interface, region_name and [service_types], or have the endpoint registered")
    }

    private func answer(
        to request: ServiceRequest, at endpoint: String, _ token: Token
    ) async throws(KeystoneError) -> TransferResponse {
        var headers = request.headers + [.init("X-Auth-Token", token.value), .init("User-Agent", userAgent)]
        func lacks(_ name: String) -> Bool { !request.headers.contains { $0.name.lowercased() == name } }
        if lacks("accept") { headers.append(.init("Accept", "application/json")) }
        if request.body != nil, lacks("content-type") { headers.append(.init("Content-Type", "application/json")) }
        var sent = TransferRequest(request.method, endpoint + request.path, headers: headers, body: request.body)
        sent.timeout = request.timeout ?? credentials.timeout
        sent.connectTimeout = min(sent.timeout, credentials.timeout)
        sent.tls = credentials.tls
        sent.maximumBodyBytes = request.maximumBodyBytes
        sent.needsBody = request.needsBody
        let response: TransferResponse
        do throws(TransferError) {
            response = try await transfer.perform(sent)
        } catch {
            throw KeystoneError(error, isOfService: true)
        }
        guard !response.isTruncated || !request.needsBody && response.status < 300 else {
            throw KeystoneError(
                .tooLarge, url: sent.url, status: response.status,
                detail: "the answer has over \(request.maximumBodyBytes) bytes",
                advice: "check what answers there; no answer of that service is so large")
        }
        return response.hiding(token.value)
    }

    private func refused(_ request: ServiceRequest, at endpoint: String, _ response: TransferResponse) -> KeystoneError
    {
        KeystoneError(
            .tokenRefused, url: endpoint + request.path, status: response.status,
            detail: "the service refuses a token that Keystone has just given us"
                + ServiceMessage.excerpt(response),
            advice: "check that the service asks the same Keystone ([keystone_authtoken] there), and its log")
    }
}

extension TransferResponse {
    /// No more than this is ever shown of the body of an answer that is no error.
    private static var shown: Int { 4096 }

    /// The response without a token that whatever stands between us and the service has echoed: in an error, or in a page
    /// that comes in the place of the service's answer.
    fileprivate func hiding(_ token: String) -> TransferResponse {
        let part = status < 400 ? body.prefix(Self.shown) : body[...]
        guard !token.isEmpty, String(decoding: part, as: UTF8.self).contains(token) else { return self }
        let text = String(decoding: body, as: UTF8.self)
        return TransferResponse(
            status: status, headers: headers, body: Array(text.replacing(token, with: "***").utf8),
            isTruncated: isTruncated)
    }
}
