package import Transfer

extension KeystoneError {
    /// An answer other than those that are expected. `forbidden` is the advice where we may not do that.
    package init(status response: TransferResponse, url: String, action: String, forbidden: String) {
        let code: Code
        let advice: String
        switch response.status {
        case 401: (code, advice) = (.unauthorized, "check our credentials")
        case 403: (code, advice) = (.forbidden, forbidden)
        case 404: (code, advice) = (.notFound, "check the service's endpoint in the catalogue")
        case 407: (code, advice) = (.badAnswer, "the proxy wants credentials: check user and password in its URL")
        case 408, 425, 429, 500...: (code, advice) = (.unavailable, "see the service's log")
        case 300..<400:
            (code, advice) = (.badAnswer, "correct the service's endpoint in the catalogue; redirects are not followed")
        default: (code, advice) = (.badRequest, "see the service's log")
        }
        self.init(
            code, url: url, status: response.status, detail: action + ServiceMessage.excerpt(response),
            advice: advice, retryAfter: response.retryAfter())
    }
}
