import Foundation
import Fuzzing
import Testing

extension Corpus {
    /// The inputs in a folder of `Corpus`. A name says what an input is: `good-…` is accepted, `bad-…` is refused, of
    /// others it does not matter. What ever failed is called `…regression-…`.
    static func folder(_ name: String) throws -> Corpus {
        let folder = try #require(Bundle.module.url(forResource: "Corpus", withExtension: nil))
        return try Corpus(folder: folder.appending(path: name))
    }
}

extension Corpus.Input {
    /// Throws if the name says otherwise.
    func expect(_ trial: Trial) throws {
        if name.hasPrefix("good-") { try demand(trial.isAccepted, "\(name) is accepted: \(trial.trait)") }
        if name.hasPrefix("bad-") { try demand(!trial.isAccepted, "\(name) is refused") }
    }
}
