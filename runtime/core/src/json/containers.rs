//! Containers of values with another wire form than their type's own, for `field_with` and its relatives:
//! `|reader| list::read(reader, number::read)`.

/// How a value is read.
type Read<T> = fn(&mut super::Reader<'_>) -> Result<T, crate::DecodeError>;
/// How a value is written.
type Write<T> = fn(&T, &mut super::Writer);

/// Lists of such values.
pub mod list {
    use super::{Read, Write};
    use crate::DecodeError;
    use crate::json::{Reader, Writer};

    /// Reads an array.
    ///
    /// # Errors
    ///
    /// Where it is none, and what reading an element gives.
    pub fn read<T>(reader: &mut Reader<'_>, element: Read<T>) -> Result<Vec<T>, DecodeError> {
        let mut elements = Vec::new();
        reader.begin_array()?;
        while reader.next_element()? {
            match element(reader) {
                Ok(value) => elements.push(value),
                Err(error) => return Err(error.in_element(elements.len())),
            }
        }
        Ok(elements)
    }

    /// Writes an array.
    pub fn write<T>(elements: &[T], writer: &mut Writer, element: Write<T>) {
        writer.begin_array();
        for value in elements {
            element(value, writer);
        }
        writer.end_array();
    }
}

/// Objects whose keys are data, of such values.
pub mod map {
    use super::{Read, Write};
    use crate::json::{Entries, Reader, Writer};
    use crate::{DecodeError, Text};

    /// Reads an object.
    ///
    /// # Errors
    ///
    /// Where it is none, and what reading a value gives.
    pub fn read<T>(reader: &mut Reader<'_>, value: Read<T>) -> Result<Entries<T>, DecodeError> {
        let mut entries = Vec::new();
        reader.begin_object()?;
        while let Some(key) = reader.next_key()? {
            match value(reader) {
                Ok(value) => entries.push((Text::from(key.as_str()), value)),
                Err(error) => return Err(error.in_field(&key)),
            }
        }
        Ok(Entries(entries))
    }

    /// Writes an object.
    pub fn write<T>(entries: &Entries<T>, writer: &mut Writer, value: Write<T>) {
        writer.begin_object();
        for (key, entry) in &entries.0 {
            writer.key(key);
            value(entry, writer);
        }
        writer.end_object();
    }
}

/// Such a value, or a list of it.
pub mod one_or_many {
    use super::{Read, Write, list};
    use crate::json::{Kind, Reader, Writer};
    use crate::{DecodeError, OneOrMany};

    /// Reads an array as many, everything else as one.
    ///
    /// # Errors
    ///
    /// What reading a value gives.
    pub fn read<T>(reader: &mut Reader<'_>, value: Read<T>) -> Result<OneOrMany<T>, DecodeError> {
        match reader.peek_kind()? {
            Kind::Array => list::read(reader, value).map(OneOrMany::Many),
            _ => value(reader).map(OneOrMany::One),
        }
    }

    /// Writes an array, or the one value.
    pub fn write<T>(values: &OneOrMany<T>, writer: &mut Writer, value: Write<T>) {
        match values {
            OneOrMany::One(one) => value(one, writer),
            OneOrMany::Many(many) => list::write(many, writer, value),
        }
    }
}

/// Such a value, or `null`.
pub mod nullable {
    use super::{Read, Write};
    use crate::json::{Reader, Writer};
    use crate::{DecodeError, Nullable};

    /// Reads `null`, or the value.
    ///
    /// # Errors
    ///
    /// What reading the value gives.
    pub fn read<T>(reader: &mut Reader<'_>, value: Read<T>) -> Result<Nullable<T>, DecodeError> {
        if reader.read_null()? {
            Ok(Nullable::Null)
        } else {
            value(reader).map(Nullable::Value)
        }
    }

    /// Writes the value, or `null`.
    pub fn write<T>(nullable: &Nullable<T>, writer: &mut Writer, value: Write<T>) {
        match nullable {
            Nullable::Null => writer.null(),
            Nullable::Value(inner) => value(inner, writer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::{Reader, Writer, integer_text, number};

    #[test]
    fn containers_keep_the_wire_form_of_what_they_hold() {
        let mut writer = Writer::new();
        writer.begin_array();
        let text = r#"[[1.50,2],{"a":3.0},[4],5,null,["7"]]"#;
        let mut reader = Reader::new(text);
        reader.begin_array().unwrap();
        assert!(reader.next_element().unwrap());
        list::write(
            &list::read(&mut reader, number::read).unwrap(),
            &mut writer,
            number::write,
        );
        assert!(reader.next_element().unwrap());
        map::write(
            &map::read(&mut reader, number::read).unwrap(),
            &mut writer,
            number::write,
        );
        for _ in 0..2 {
            assert!(reader.next_element().unwrap());
            let read = one_or_many::read(&mut reader, number::read).unwrap();
            one_or_many::write(&read, &mut writer, number::write);
        }
        assert!(reader.next_element().unwrap());
        let read = nullable::read(&mut reader, number::read).unwrap();
        nullable::write(&read, &mut writer, number::write);
        assert!(reader.next_element().unwrap());
        list::write(
            &list::read(&mut reader, integer_text::read).unwrap(),
            &mut writer,
            integer_text::write,
        );
        writer.end_array();
        assert_eq!(writer.as_str(), text);
    }

    #[test]
    fn errors_name_the_place() {
        let error = list::read(&mut Reader::new("[1,true]"), number::read).unwrap_err();
        assert_eq!(error.path(), "$[1]");
        let error = map::read(&mut Reader::new(r#"{"a":[]}"#), number::read).unwrap_err();
        assert_eq!(error.path(), "$.a");
    }
}
