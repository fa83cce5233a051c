extension MetadataValue {
    /// What stands under a name; `nil` if that is missing, or if this is no object.
    package subscript(name: String) -> MetadataValue? {
        guard case .object(let fields) = self else { return nil }
        return fields.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// The text, if this is one.
    package var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The list's elements, if this is one.
    package var elements: [MetadataValue]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// The object's fields, if this is one.
    package var fields: [Field]? {
        if case .object(let fields) = self { fields } else { nil }
    }

    /// The whole number, if this is one.
    package var wholeNumber: Int64? {
        if case .integer(let number) = self { number } else { nil }
    }
}
