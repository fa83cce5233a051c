import Testing

@testable import Pipeline

/// What is wrong with a transformer in pipeline.yaml is told with its place.
@Suite struct TransformerParameterTests {
    @Test(
        arguments: [
            (
                "[{name: rate_of_chnge}]",
                "5:25: error: sink 'k' has an unknown transformer 'rate_of_chnge'; expected one of accumulator, aggregator, arithmetic, delta, rate_of_change, unit_conversion; did you mean rate_of_change?"
            ),
            (
                "[{name: delta, parameters: {growth_onyl: true}}]",
                "5:45: error: delta of sink 'k' has no parameter 'growth_onyl'; expected growth_only, source, target; did you mean growth_only?"
            ),
            (
                "[{name: delta, parameters: {growth_only: maybe}}]",
                "5:58: error: growth_only of delta of sink 'k' is text; expected true or false"
            ),
            ("[{name: delta, parameters: 5}]", "5:44: error: delta of sink 'k' is a whole number; expected a mapping"),
            (
                "[{name: rate_of_change, parameters: {target: {scal: 1}}}]",
                "5:63: error: target of rate_of_change of sink 'k' has no parameter 'scal'; expected map_to, max, name, scale, type, unit; did you mean scale?"
            ),
            (
                "[{name: rate_of_change, parameters: {target: {scale: \"100 / volum\"}}}]",
                "5:70: error: scale of target of rate_of_change of sink 'k' is no expression: at character 7 of the expression: a sample has no 'volum'"
            ),
            (
                "[{name: rate_of_change, parameters: {target: {scale: [1]}}}]",
                "5:70: error: scale of target of rate_of_change of sink 'k' is a list; expected a number"
            ),
            (
                "[{name: rate_of_change, parameters: {target: {type: gouge}}}]",
                "5:69: error: type of target of rate_of_change of sink 'k' is 'gouge'; expected one of gauge, cumulative, delta; did you mean gauge?"
            ),
            (
                "[{name: rate_of_change, parameters: {source: {map_from: {name: '(a'}}, target: {map_to: {name: b}}}}]",
                "5:80: error: name of map_from of source of rate_of_change of sink 'k' is no regular expression"
            ),
            (
                "[{name: rate_of_change, parameters: {source: {map_from: {name: '(a)'}}, target: {map_to: {name: '\\2'}}}}]",
                "5:113: error: name of map_to of target of rate_of_change of sink 'k' names group 2, and the pattern has 1"
            ),
            (
                "[{name: rate_of_change, parameters: {source: {map_from: {name: a}}, target: {map_to: {name: '\\g<x>'}}}}]",
                "names a group 'x' that the pattern does not have"
            ),
            (
                "[{name: rate_of_change, parameters: {source: {map_from: {name: a}}, target: {map_to: {name: '\\g<-1>'}}}}]",
                "names group -1, and the pattern has 0"
            ),
            (
                "[{name: rate_of_change, parameters: {source: {map_from: {name: a}}, target: {map_to: {name: \"\\\\\\n\"}}}}]",
                "which means nothing; expected"
            ),
            (
                "[{name: accumulator, parameters: {size: -1}}]",
                "5:57: error: size of accumulator of sink 'k' is '-1'; expected a whole number from 0 to 100000"
            ),
            ("[{name: aggregator, parameters: {size: many}}]", "expected a whole number"),
            ("[{name: aggregator, parameters: {retention_time: -1}}]", "expected seconds, at least 0"),
            (
                "[{name: aggregator, parameters: {user_id: drop}}]",
                "user_id of aggregator of sink 'k' is 'drop'; expected one of first, last"
            ),
            ("[{name: arithmetic}]", "target of arithmetic of sink 'k' has no expr"),
            ("[{name: arithmetic, parameters: {target: {expr: 1 + 1}}}]", "names no meter"),
            (
                "[{name: arithmetic, parameters: {target: {expr: $(cpu) + volume}}}]",
                "at character 10 of the expression: the name 'volume' means nothing here"
            ),
        ])
    func errorsHaveTheirPlaceAndSayWhatWasExpected(transformers: String, expected: String) {
        let (chain, told) = TransformerBench.read(transformers)
        #expect(chain == nil)
        #expect(told.count == 1, "\(told)")
        #expect(told.contains { $0.contains(expected) }, "\(told)")
    }

    @Test func nothingIsNoTransformer() {
        for text in ["", "[]", "~"] {
            let (chain, told) = TransformerBench.read(text)
            #expect(chain?.isEmpty == true, "\(told)")
        }
    }

    @Test func allErrorsOfASinkAreToldAtOnce() {
        let (_, told) = TransformerBench.read("[{name: a}, {name: delta, parameters: {b: 1}}, {}]")
        #expect(told.count == 3)
    }
}
